import Columnar
import Formats
import Primitives

/// What a message says of one row.
struct RowView {
    private let batch: RecordBatch
    private let row: Int

    init(_ waiting: DeliveryQueue.Waiting) {
        batch = waiting.batch
        row = waiting.row
    }

    /// A string column's value; `nil` if there is no such column or no value.
    func text(_ name: String) -> String? {
        guard let path = batch.schema.resolve(name), path.field.type == .string else { return nil }
        let column = batch.column(at: path)
        guard let bytes = column.asBytes, column.isValid(row) else { return nil }
        return String(decoding: bytes[row], as: UTF8.self)
    }

    /// Any column's value as people read it; `nil` if there is none.
    func shown(_ name: String) -> String? {
        if let text = text(name) { return text }
        guard let path = batch.schema.resolve(name) else { return nil }
        let column = batch.column(at: path)
        guard column.isValid(row) else { return nil }
        var json: [UInt8] = []
        JSONRowWriter(valuesOf: path.field.type).append(column, row: row, to: &json)
        let value = String(decoding: json, as: UTF8.self)
        // Times are strings in JSON.
        return value.count > 1 && value.hasPrefix("\"") ? String(value.dropFirst().dropLast()) : value
    }

    /// The numbers of a list column; empty if there is none.
    func numbers(_ name: String) -> [Double] {
        guard let path = batch.schema.resolve(name), case .list(let column) = batch.column(at: path),
            batch.column(at: path).isValid(row)
        else { return [] }
        return column[row].compactMap { element in
            switch column.elements {
            case .float64(let values): values.values[element]
            case .int64(let values): Double(values.values[element])
            default: nil
            }
        }
    }

    var eventTime: EventTime? { batch.eventTimes.map { EventTime(microseconds: $0.values[row]) } }

    /// How bad it is, for comparisons.
    var rank: Int {
        switch text("severity") {
        case "critical": 3
        case "warning": 2
        case nil: 0
        default: 1
        }
    }
}
