import Columnar
import Dataflow
import Primitives

/// A checked `aggregate` over sessions.
struct SessionPlan: Sendable {
    /// Rows of a key less than this apart are of one session; microseconds.
    var gap: Int64
    /// How far behind the watermark a row may be, and how long after its end a session is shown.
    var lateness: Int64
    /// The key's columns in the input.
    var keys: [FieldPath]
    /// The key's columns in the output.
    var keyFields: [Field]
    var functions: [AggregateFunction]

    var outputSchema: Schema { AggregatePlan.outputSchema(keyFields, functions) }
    var stateColumns: StateColumns { StateColumns(keyFields: keyFields, functions: functions) }

    /// The times that sessions can be made of: what is added to them stays a number.
    var range: ClosedRange<Int64> {
        let margin = 4 * (gap + lateness)
        return Int64.min + margin...Int64.max - margin
    }

    func makeAccumulators() -> [Accumulator] { functions.map { $0.makeAccumulator() } }

    /// - Parameters:
    ///   - needed: the columns that are read.
    ///   - expected: keys in open sessions together.
    func planned(_ needed: Set<String>, _ expected: Int) -> PlannedOperator {
        let names = keyFields.map(\.name).joined(separator: ", ")
        let plan = self
        return PlannedOperator(
            // A result is final, so that other aggregates may read it.
            output: StreamShape(
                schema: outputSchema, hasEventTime: true, key: [AggregatePlan.windowStart] + keyFields.map(\.name)),
            inputPaths: { _ in [needed] },
            placement: .keyed(keys: keys) { context in
                SessionAggregate(plan, RowRefusal(context), spills: context.spills)
            },
            state: StateEstimate(
                bytesPerKey: stateColumns.bytesPerGroup + SessionTable.bytesPerSession,
                keys: keyFields.isEmpty ? 64 : expected,
                description: keyFields.isEmpty ? "one in each open session" : "one of (\(names)) in an open session",
                spilledBytesPerKey: SpilledSessions.bytesPerSession),
            stateShape: StateShape(
                kind: "session",
                facts: [
                    StateShape.Fact("window", "session \(DurationText.format(gap))", onChange: .rebuild),
                    StateShape.Fact("lateness", DurationText.format(lateness), onChange: .migrate),
                ] + stateColumns.facts),
            facts: ["window: session \(DurationText.format(gap)), lateness \(DurationText.format(lateness))"])
    }
}
