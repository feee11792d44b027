import Columnar
import Dataflow
import Primitives

/// Collects the rows that a join makes.
struct JoinedRows {
    private static let rowsMax = 8_192

    /// Where a row of one side lies.
    struct Place {
        var batch: RecordBatch
        var row: Int
        var time: Int64
    }

    private let isLeft: Bool
    private let leftCount: Int
    private let rightColumns: [Int]
    private let schema: Schema
    private let builders: [ColumnBuilder]
    private let times = ColumnBuilder(.timestamp)

    init(_ plan: JoinPlan) {
        isLeft = plan.isLeft
        leftCount = plan.left.fields.count
        rightColumns = plan.rightColumns.map(\.index)
        schema = plan.outputSchema
        builders = schema.fields.map { ColumnBuilder($0.type) }
    }

    /// Adds a pair, or a left row alone.
    func append(_ left: Place, _ right: Place?, floor: EventTime, _ output: OperatorOutput) {
        for column in 0..<leftCount { builders[column].append(from: left.batch.columns[column], row: left.row) }
        for (position, column) in rightColumns.enumerated() {
            let builder = builders[leftCount + position]
            if let right {
                builder.append(from: right.batch.columns[column], row: right.row)
            } else {
                builder.appendNull()
            }
        }
        times.append(max(left.time, right?.time ?? left.time))
        if times.count >= Self.rowsMax { flush(floor: floor, output) }
    }

    /// No further partner comes for a row.
    func settle(_ place: Place, _ side: JoinSide, isMatched: Bool, floor: EventTime, _ output: OperatorOutput) {
        if isMatched {
            output.ledger.folded += 1
        } else if side == .left && isLeft {
            append(place, nil, floor: floor, output)
            output.ledger.folded += 1
        } else {
            output.ledger.filtered += 1
        }
    }

    /// Sends what has been collected.
    func flush(floor: EventTime, _ output: OperatorOutput) {
        let count = times.count
        guard count > 0 else { return }
        let columns = builders.map { $0.finish() }
        output.emitMade(
            RecordBatch(schema: schema, columns: columns, rowCount: count, eventTimes: times.finish().asInt64),
            floor: floor)
    }
}
