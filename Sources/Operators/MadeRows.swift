import Columnar
import Dataflow
import Primitives

/// Rows that an operator makes out of what it knows, collected into a batch.
struct MadeRows {
    /// A value for each is appended before `endRow`.
    let builders: [ColumnBuilder]

    private let schema: Schema
    private let floor: EventTime
    private let times = ColumnBuilder(.timestamp)

    /// - Parameter floor: of the frames that the rows go in.
    init(_ schema: Schema, floor: EventTime) {
        self.schema = schema
        self.floor = floor
        builders = schema.fields.map { ColumnBuilder($0.type) }
    }

    /// Rows since the last flush.
    var count: Int { times.count }

    func endRow(at time: Int64) { times.append(time) }

    func flush(_ output: OperatorOutput) {
        guard count > 0 else { return }
        let rowCount = count
        output.emitMade(
            RecordBatch(
                schema: schema, columns: builders.map { $0.finish() }, rowCount: rowCount,
                eventTimes: times.finish().asInt64),
            floor: floor)
    }
}
