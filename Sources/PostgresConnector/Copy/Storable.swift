import Columnar

/// What Postgres has no room for, whatever the column: text with U+0000, and times before its calendar.
struct Storable {
    /// Why a row cannot be stored.
    struct Refusal {
        let code: String
        let reason: String

        static let nullKey = Refusal(
            code: "postgres.null_key", reason: "a key column is null, where the stream's schema says it never is")
    }

    /// Columns of a batch in which some value may have to be refused; mostly none, so that most rows cost nothing.
    private let suspects: [(name: String, column: Column)]

    init(_ batch: RecordBatch) {
        suspects = zip(batch.schema.fields, batch.columns).compactMap { field, column in
            Self.isSuspect(column) ? (field.name, column) : nil
        }
    }

    var isCertain: Bool { suspects.isEmpty }

    /// `nil` if the row can be stored.
    func refusal(_ row: Int) -> Refusal? {
        for (name, column) in suspects {
            switch Self.check(column, row) {
            case .fine: continue
            case .zero:
                return Refusal(
                    code: "postgres.text_zero",
                    reason: "column \(name) holds U+0000, which postgres cannot store in text")
            case .time:
                return Refusal(
                    code: "postgres.timestamp_range",
                    reason: "column \(name) holds a time before 4714-11-24 BC, the first that postgres can store")
            }
        }
        return nil
    }

    private enum Verdict {
        case fine, zero, time
    }

    /// Looks at a whole column at once.
    private static func isSuspect(_ column: Column) -> Bool {
        switch column {
        case .bool, .int64, .float64, .bytes: return false
        case .timestamp(let column):
            return (0..<column.count).contains { PostgresTime.fromUnix(column.values[$0]) == nil }
        case .string(let column):
            let end = column.count > 0 ? Int(column.offsets[column.count]) : 0
            return UnsafeBufferPointer(start: column.bytes, count: end).contains(0)
        case .list(let column): return isSuspect(column.elements)
        case .struct(let column): return column.children.contains { isSuspect($0) }
        }
    }

    private static func check(_ column: Column, _ row: Int) -> Verdict {
        guard column.isValid(row) else { return .fine }
        switch column {
        case .bool, .int64, .float64, .bytes: return .fine
        case .timestamp(let column): return PostgresTime.fromUnix(column.values[row]) == nil ? .time : .fine
        case .string(let column): return column[row].contains(0) ? .zero : .fine
        case .list(let column):
            return column[row].lazy.map { check(column.elements, $0) }.first { $0 != .fine } ?? .fine
        case .struct(let column):
            return column.children.lazy.map { check($0, row) }.first { $0 != .fine } ?? .fine
        }
    }
}
