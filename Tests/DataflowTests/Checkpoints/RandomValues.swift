import Columnar
import Primitives

/// Appends random values of any type.
enum RandomValues {
    static func append(to builder: ColumnBuilder, isNullable: Bool, _ random: inout RandomSource) {
        if isNullable, random.below(4) == 0 { return builder.appendNull() }
        switch builder.type {
        case .bool: builder.append(random.below(2) == 0)
        case .int64, .timestamp:
            let bits = random.below(65)
            builder.append(Int64(bitPattern: bits == 0 ? 0 : random.next() >> UInt64(64 - bits)))
        case .float64: builder.append(random.unit() * 1e6)
        case .string: builder.append(String(repeating: "ä", count: random.below(9)))
        case .bytes: builder.append((0..<random.below(9)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case .list:
            guard let elements = builder.elements else { return }
            for _ in 0..<random.below(4) { append(to: elements, isNullable: false, &random) }
            builder.appendList()
        case .struct(let fields):
            for (field, member) in zip(fields, builder.members) {
                append(to: member, isNullable: field.isNullable, &random)
            }
            builder.appendStruct()
        }
    }
}

extension RecordBatch {
    /// Each selected row as text.
    var texts: [String] {
        var texts: [String] = []
        forEachRow { row in texts.append(columns.map { $0.text(row) }.joined(separator: " | ")) }
        return texts
    }
}

extension Column {
    /// A value as text, for comparisons.
    func text(_ row: Int) -> String {
        guard isValid(row) else { return "null" }
        switch self {
        case .bool(let column): return "\(column[row])"
        case .int64(let column), .timestamp(let column): return "\(column.values[row])"
        case .float64(let column): return "\(column.values[row])"
        case .string(let column), .bytes(let column): return "\(Array(column[row]))"
        case .list(let column): return "[" + column[row].map { column.elements.text($0) }.joined(separator: ",") + "]"
        case .struct(let column): return "{" + column.children.map { $0.text(row) }.joined(separator: ",") + "}"
        }
    }
}
