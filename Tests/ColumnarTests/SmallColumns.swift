import Columnar
import Testing

/// Every column of up to a few rows over a tiny alphabet: no value, or one of two values.
struct SmallColumns {
    /// One type with two values of it.
    struct Kind: Sendable, CustomTestStringConvertible {
        let type: DataType
        let values: [Sample]
        var testDescription: String { "\(type)" }
    }

    /// A value as the tests think of it.
    indirect enum Sample: Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        case double(Double)
        case bytes([UInt8])
        case list([Sample])
        case structure([Sample])
    }

    static let kinds: [Kind] = [
        Kind(type: .bool, values: [.bool(false), .bool(true)]),
        Kind(type: .int64, values: [.int(.min), .int(7)]),
        Kind(type: .timestamp, values: [.int(0), .int(1_700_000_000_000_000)]),
        Kind(type: .float64, values: [.double(-0.5), .double(.infinity)]),
        Kind(type: .string, values: [.bytes([]), .bytes(Array("Grüße".utf8))]),
        Kind(type: .bytes, values: [.bytes([0, 255]), .bytes([1])]),
        Kind(type: .list(.string), values: [.list([]), .list([.bytes([65]), .bytes([]), .bytes([66, 67])])]),
        Kind(
            type: .list(.list(.int64)),
            values: [.list([.list([]), .list([.int(1), .int(2)])]), .list([.list([.int(3)])])]),
        Kind(
            type: .struct([Field("a", .int64, isNullable: true), Field("b", .string)]),
            values: [.structure([.null, .bytes([97])]), .structure([.int(5), .bytes([])])]),
    ]

    /// Every sequence of rows of a kind up to a length.
    static func sequences(_ kind: Kind, upTo length: Int) -> [[Sample]] {
        var all: [[Sample]] = [[]]
        var last = all
        for _ in 0..<length {
            last = last.flatMap { rows in ([.null] + kind.values).map { rows + [$0] } }
            all += last
        }
        return all
    }

    static func append(_ sample: Sample, to builder: ColumnBuilder) {
        switch sample {
        case .null: builder.appendNull()
        case .bool(let value): builder.append(value)
        case .int(let value): builder.append(value)
        case .double(let value): builder.append(value)
        case .bytes(let value): builder.append(value)
        case .list(let samples):
            for sample in samples { if let elements = builder.elements { append(sample, to: elements) } }
            builder.appendList()
        case .structure(let samples):
            for (sample, member) in zip(samples, builder.members) { append(sample, to: member) }
            builder.appendStruct()
        }
    }

    static func column(_ kind: Kind, _ rows: [Sample]) -> Column {
        let builder = ColumnBuilder(kind.type, capacity: 1)
        for row in rows { append(row, to: builder) }
        return builder.finish()
    }

    /// What a column should show for a value.
    static func text(_ sample: Sample, _ type: DataType) -> String {
        switch (sample, type) {
        case (.null, _): "null"
        case (.bool(let value), _): "\(value)"
        case (.int(let value), .timestamp): "t\(value)"
        case (.int(let value), _): "\(value)"
        case (.double(let value), _): "\(value)"
        case (.bytes(let value), .string): String(decoding: value, as: UTF8.self)
        case (.bytes(let value), _): "\(value)"
        case (.list(let samples), .list(let element)):
            "[" + samples.map { text($0, element) }.joined(separator: ",") + "]"
        case (.structure(let samples), .struct(let fields)):
            "{" + zip(samples, fields).map { text($0, $1.type) }.joined(separator: ",") + "}"
        default: "?"
        }
    }

    static func texts(_ rows: [Sample], _ kind: Kind) -> [String] { rows.map { text($0, kind.type) } }

    static func texts(_ column: Column) -> [String] { (0..<column.count).map { show(column, $0) } }
}
