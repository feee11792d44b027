import Columnar
import Dataflow
import Primitives

/// Puts the rows of its keys together into sessions and shows each once, when no row can reach it any more.
///
/// A row is late if it is further behind the watermark of its lane than `lateness`. So late rows are told by their lane
/// alone, every row that is on time reaches its session before that is shown, and the order of rows changes nothing.
final class SessionAggregate: Operator {
    private static let batchRowsMax = 8_192
    /// Rows that are made at once.
    private static let stepRowsMax = 65_536

    private let plan: SessionPlan
    private let functions: FunctionInputs
    private let sessions: SessionTable
    private var groups: [UInt32] = []
    private var closing: SessionClosing?

    init(_ plan: SessionPlan, _ refusal: RowRefusal, spills: SpillFolder?) {
        self.plan = plan
        functions = FunctionInputs(functions: plan.functions, refusal: refusal)
        sessions = SessionTable(plan, spills: spills)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        guard frame.batch.selectedCount > 0 else { return }
        let (evaluated, inputs) = functions.evaluate(frame.batch, output)
        let batch = functions.refuse(evaluated, outside: plan.range, output)
        guard let times = batch.eventTimes else { return }
        let rows = onTime(batch, times, frame.floor, output)
        guard !rows.isEmpty else { return }
        let keyColumns = plan.keys.map { batch.column(at: $0) }
        var encoder = RowKeyEncoder(keyColumns)
        defer { encoder.deallocate() }
        groups.removeAll(keepingCapacity: true)
        for row in rows {
            let key = encoder.encode(Int(row))
            // Where the exchange sends a row that has this key.
            let hash = keyColumns.isEmpty ? 0 : Hashing.hash64(key)
            groups.append(sessions.place(key, hash: hash, at: times.values[Int(row)]))
        }
        sessions.settle(&groups)
        for (accumulator, input) in zip(sessions.accumulators, inputs) { accumulator.fold(rows, groups, input) }
        output.ledger.folded += Int64(rows.count)
    }

    /// The rows that are not late; puts the others aside.
    private func onTime(
        _ batch: RecordBatch, _ times: Int64Column, _ floor: EventTime, _ output: OperatorOutput
    ) -> [UInt32] {
        let earliest = floor.advanced(byMicroseconds: -plan.lateness).microseconds
        var rows: [UInt32] = []
        var late: [UInt32] = []
        batch.forEachRow { row in
            if times.values[row] >= earliest {
                rows.append(UInt32(truncatingIfNeeded: row))
            } else {
                late.append(UInt32(truncatingIfNeeded: row))
            }
        }
        if !late.isEmpty {
            functions.refusal.putAside(batch, late, output) { row in
                "it happened at \(Timestamp.format(times.values[row])); the watermark had reached "
                    + Timestamp.format(floor.microseconds)
            }
        }
        return rows
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {
        closing = SessionClosing(watermark)
        try proceed(output)
    }

    var hasMore: Bool { closing != nil }

    func proceed(_ output: OperatorOutput) throws(Fault) {
        guard var closing else { return }
        var rowCount = 0
        while rowCount < Self.stepRowsMax {
            let part = try closing.next(Self.batchRowsMax, sessions)
            if part.isEmpty {
                self.closing = nil
                return
            }
            emit(part, floor: closing.watermark, output)
            rowCount += part.count
        }
        self.closing = closing
    }

    private func emit(_ closed: ArraySlice<UInt32>, floor: EventTime, _ output: OperatorOutput) {
        let schema = plan.outputSchema
        let builders = schema.fields.map { ColumnBuilder($0.type, capacity: closed.count) }
        let times = ColumnBuilder(.timestamp, capacity: closed.count)
        let keyBuilders = Array(builders.prefix(plan.keyFields.count))
        let results = builders.suffix(plan.functions.count)
        for session in closed {
            let (start, end) = sessions.window(session)
            RowKeyDecoder.decode(sessions.key(session), into: keyBuilders)
            builders[keyBuilders.count].append(start)
            builders[keyBuilders.count + 1].append(end)
            for (accumulator, builder) in zip(sessions.accumulators, results) {
                accumulator.appendResult(Int(session), to: builder)
            }
            times.append(end - 1)
            sessions.remove(session)
        }
        let columns = builders.map { $0.finish() }
        output.emitMade(
            RecordBatch(
                schema: schema, columns: columns, rowCount: closed.count, eventTimes: times.finish().asInt64),
            floor: floor)
    }

    var state: (any OperatorState)? { sessions }
    var memoryFootprint: Int { sessions.memoryFootprint + (sessions.spilled?.memoryFootprint ?? 0) }
}
