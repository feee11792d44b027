import Columnar
import Foundation
import Primitives
import Testing

@testable import Formats

@Suite("rows as JSON")
struct JSONRowWriterTests {
    private static let inner: DataType = .struct([
        Field("m", .int64, isNullable: true), Field("deep", .list(.struct([Field("t", .string, isNullable: true)]))),
        Field("x", .float64, isNullable: true), Field("none", .struct([])),
    ])
    private static let fields = [
        Field("n", .int64, isNullable: true), Field("s", .string, isNullable: true),
        Field("at", .timestamp, isNullable: true), Field("x", .float64, isNullable: true),
        Field("b", .bool, isNullable: true), Field("raw", .bytes, isNullable: true),
        Field("tags", .list(.string), isNullable: true), Field("in \"quotes\"", inner, isNullable: true),
        Field("rows", .list(.list(.timestamp)), isNullable: true), Field("flags", .list(.bool)),
        Field("blobs", .list(.bytes), isNullable: true),
    ]
    private static let numbers: [Int64] = [0, 9, 10, -1, 99, 100, .max, .min, 1_234_567_890_123_456_789]
    private static let fractions = [
        0.5, -3, 1e300, -1e-300, 0.1 + 0.2, .nan, .infinity, -.infinity, -0.0, 9_007_199_254_740_991,
        9_007_199_254_740_992, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]
    private static let times: [Int64] = [
        0, 1, -1, 1_000, 999_999, 1_000_000, 1_436_918_400_123_000, 1_436_918_400_123_456, 1_436_918_400_999_000, .max,
        .min,
    ]

    private static func text(_ random: inout RandomSource) -> String {
        let letters: [Character] = ["a", "b", "\"", "\\", "\n", "\u{1}", "é", "😀", " ", "\u{7F}", "!", "#", "\u{1F}"]
        // Mostly plain, so that runs of eight are found whole.
        return String((0..<random.below(40)).map { _ in letters[random.below(4) == 0 ? random.below(13) : 0] })
    }

    private static func append(_ type: DataType, to builder: ColumnBuilder, _ random: inout RandomSource) {
        if random.below(6) == 0 { return builder.appendNull() }
        switch type {
        case .bool: builder.append(random.below(2) == 0)
        case .int64: builder.append(numbers[random.below(numbers.count)])
        case .float64: builder.append(fractions[random.below(fractions.count)])
        case .timestamp: builder.append(times[random.below(times.count)])
        case .string: builder.append(text(&random))
        case .bytes:
            let length = random.below(9)
            builder.append(
                random.below(2) == 0
                    ? Array(text(&random).utf8) : (0..<length).map { _ in UInt8(random.below(256)) })
        case .list(let element):
            guard let elements = builder.elements else { return }
            for _ in 0..<random.below(4) { append(element, to: elements, &random) }
            builder.appendList()
        case .struct(let members):
            for (index, member) in members.enumerated() {
                append(member.type, to: builder.members[index], &random)
            }
            builder.appendStruct()
        }
    }

    private static func batch(_ rows: Int, _ random: inout RandomSource) -> RecordBatch {
        let builders = fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rows {
            for (field, builder) in zip(fields, builders) { append(field.type, to: builder, &random) }
        }
        return RecordBatch(schema: Schema(fields), columns: builders.map { $0.finish() }, rowCount: rows)
    }

    @Test("rows of every type, alone, together and as lines, are what a model says", arguments: TimeStyle.allCases)
    func model(times: TimeStyle) {
        let writer = JSONRowWriter(schema: Schema(Self.fields), times: times)
        let model = JSONModel(times: times)
        for seed in UInt64(0)..<20 {
            var random = RandomSource(seed: seed)
            var batch = Self.batch(random.below(300), &random)
            let expected = (0..<batch.rowCount).map { model.object(Self.fields, batch.columns, $0) }
            for (row, expected) in expected.enumerated() {
                var found: [UInt8] = []
                writer.append(row: row, of: batch, to: &found)
                #expect(String(decoding: found, as: UTF8.self) == expected, "seed \(seed)")
            }

            var together = Array("before".utf8)
            var ends = [together.count]
            while ends.count <= batch.rowCount {
                let rows = ends.count - 1..<batch.rowCount
                writer.append(rows: rows, of: batch, bytesMax: random.below(10_000), to: &together, ends: &ends)
            }
            let parts = zip(ends, ends.dropFirst()).map { String(decoding: together[$0..<$1], as: UTF8.self) }
            #expect(parts == expected && ends.last == together.count, "seed \(seed)")

            if seed % 2 == 1 {
                var kept = SelectionBuilder(capacity: batch.rowCount)
                for row in 0..<batch.rowCount where random.below(3) > 0 { kept.append(row) }
                batch = batch.selecting(kept.finish())
            }
            var lines = Array("before".utf8)
            writer.append(linesOf: batch, to: &lines)
            var selected: [String] = []
            batch.forEachRow { selected.append(expected[$0] + "\n") }
            #expect(String(decoding: lines, as: UTF8.self) == "before" + selected.joined(), "seed \(seed)")
        }
    }

    @Test("a value by itself is what it is in a row")
    func values() {
        var random = RandomSource(seed: 7)
        let batch = Self.batch(100, &random)
        for (field, column) in zip(Self.fields, batch.columns) {
            let writer = JSONRowWriter(valuesOf: field.type)
            for row in 0..<batch.rowCount {
                var found: [UInt8] = []
                writer.append(column, row: row, to: &found)
                #expect(String(decoding: found, as: UTF8.self) == JSONModel(times: .rfc3339).value(column, row))
            }
        }
    }

    @Test("a row of large values has room, and so has one without columns")
    func sizes() {
        let builder = ColumnBuilder(.string)
        let large = String(repeating: "\u{1}", count: 1 << 18)
        for text in ["", large, "x"] { builder.append(text) }
        let schema = Schema([Field("s", .string)])
        let batch = RecordBatch(schema: schema, columns: [builder.finish()], rowCount: 3)
        var found: [UInt8] = []
        JSONRowWriter(schema: schema).append(linesOf: batch, to: &found)
        let escaped = String(repeating: "\\u0001", count: 1 << 18)
        #expect(String(decoding: found, as: UTF8.self) == "{\"s\":\"\"}\n{\"s\":\"\(escaped)\"}\n{\"s\":\"x\"}\n")
        found = []
        let empty = RecordBatch(schema: Schema([]), columns: [], rowCount: 2)
        JSONRowWriter(schema: Schema([])).append(linesOf: empty, to: &found)
        #expect(found == Array("{}\n{}\n".utf8))
    }

    @Test("many fields with long names, and lists of many elements, have room")
    func room() {
        let fields = (0..<300).map { Field("\($0) " + String(repeating: "n", count: 100), .list(.int64)) }
        let builders = fields.map { _ in ColumnBuilder(.list(.int64)) }
        for builder in builders {
            for _ in 0..<100 { builder.elements?.append(Int64.min) }
            builder.appendList()
        }
        let batch = RecordBatch(schema: Schema(fields), columns: builders.map { $0.finish() }, rowCount: 1)
        var found: [UInt8] = []
        JSONRowWriter(schema: Schema(fields)).append(row: 0, of: batch, to: &found)
        #expect(
            String(decoding: found, as: UTF8.self) == JSONModel(times: .rfc3339).object(fields, batch.columns, 0))
    }
}

/// JSON by the book: one string after another.
private struct JSONModel {
    var times: TimeStyle

    func object(_ fields: [Field], _ columns: [Column], _ row: Int) -> String {
        let members = zip(fields, columns).map { "\(quoted($0.name)):\(value($1, row))" }
        return "{\(members.joined(separator: ","))}"
    }

    func value(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "null" }
        switch column {
        case .bool(let column): return column[row] ? "true" : "false"
        case .int64(let column): return String(column.values[row])
        case .float64(let column): return number(column.values[row])
        case .timestamp(let column): return time(column.values[row])
        case .string(let column): return quoted(column.string(row))
        case .bytes(let column):
            if let text = String(bytes: column[row], encoding: .utf8) { return quoted(text) }
            return "{\"base64\":\"\(Data(column[row]).base64EncodedString())\"}"
        case .list(let column):
            return "[\(column[row].map { value(column.elements, $0) }.joined(separator: ","))]"
        case .struct(let column): return object(column.fields, column.children, row)
        }
    }

    private func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        // A zero has no sign, and whole numbers that a Double holds exactly have no exponent.
        return abs(value) < 0x1p53 && value == value.rounded() ? "\(Int64(value)).0" : "\(value)"
    }

    private func time(_ microseconds: Int64) -> String {
        func floored(by divisor: Int64) -> String {
            let rest = microseconds % divisor
            return String(microseconds / divisor - (rest < 0 ? 1 : 0))
        }
        switch times {
        case .rfc3339: return "\"\(Timestamp.format(microseconds))\""
        case .epochMicroseconds: return floored(by: 1)
        case .epochMilliseconds: return floored(by: 1_000)
        case .epochSeconds: return floored(by: 1_000_000)
        }
    }

    private func quoted(_ text: String) -> String {
        let named: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{C}": "\\f", "\r": "\\r",
        ]
        let escaped = text.unicodeScalars.map { scalar in
            if let named = named[scalar] { return named }
            return scalar.value < 0x20 ? "\\u" + String(format: "%04x", scalar.value) : String(scalar)
        }
        return "\"\(escaped.joined())\""
    }
}
