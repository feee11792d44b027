import Columnar

/// Which rows of a group `top` keeps, and what of them.
struct TopRows: Sendable, Hashable, CustomStringConvertible {
    /// Rows with the value of the last that are kept beyond `count`, at most.
    static let tiesMax = 1_000

    var count: Int
    var keepsTies: Bool
    /// The columns to keep, in the input.
    var columns: [FieldPath]

    static let rank = "rank"

    /// The columns that come out of a group's rows.
    var results: [Field] { [Field(Self.rank, .int64)] + columns.map(\.outputField) }

    var types: [DataType] { columns.map(\.field.type) }

    var rowsMax: Int { keepsTies ? count + Self.tiesMax : count }

    /// Bytes of a group, by a guess at its strings.
    var stateBytes: Int {
        let row = columns.reduce(MemoryLayout<RankedRow>.stride) { sum, column in
            switch column.field.type {
            case .string, .bytes: sum + 5 + 64
            default: sum + 9
            }
        }
        return 40 + count * row
    }

    var description: String {
        let names = columns.map { "\($0.field.name): \($0.field.type)" }.joined(separator: ", ")
        return "\(count)\(keepsTies ? " with ties" : "") of \(names)"
    }

    /// What rows are folded from: the value that ranks them, when they happened, and the columns to keep.
    func input(_ order: Column, _ batch: RecordBatch) -> Column? {
        guard let times = batch.eventTimes else { return nil }
        return .struct(
            StructColumn(
                count: batch.rowCount,
                fields: [Field("order", .int64), Field("time", .timestamp)] + columns.map(\.field),
                children: [order, .timestamp(times)] + columns.map { batch.column(at: $0) }, validity: nil))
    }
}
