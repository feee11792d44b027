import Columnar
import Dataflow

/// A checked `aggregate` or `top`: everything its halves need to work.
struct AggregatePlan: Sendable {
    /// The operator's name in pipeline files.
    var kind = "aggregate"
    var window: WindowSpec
    /// How often open windows show what they hold, in microseconds of the wall clock; `nil`: only once they close.
    var earlyEmission: Int64?
    /// The key's columns in the input.
    var keys: [FieldPath]
    /// The key's columns in the output.
    var keyFields: [Field]
    var functions: [AggregateFunction]

    static let windowStart = "window_start"
    static let windowEnd = "window_end"

    var outputSchema: Schema { Self.outputSchema(keyFields, functions) }

    static func outputSchema(_ keyFields: [Field], _ functions: [AggregateFunction]) -> Schema {
        Schema(
            keyFields + [Field(windowStart, .timestamp), Field(windowEnd, .timestamp)] + functions.flatMap(\.results))
    }

    /// The columns that identify a result.
    var outputKey: [String] {
        // The windows of a cumulative set share their start.
        var columns = [Self.windowStart]
        if case .cumulative = window.kind { columns.append(Self.windowEnd) }
        columns += keyFields.map(\.name)
        for case .topRows in functions.map(\.kind) { columns.append(TopRows.rank) }
        return columns
    }

    /// Partial rows on their way to the owner of their key: its hash, the pane's slot, the key as `RowKeyEncoder`
    /// writes it, then every state.
    var partialSchema: Schema {
        var fields = [
            Field("key_hash", .int64), Field("pane_start", .timestamp), Field("pane_from", .timestamp),
            Field("key", .bytes),
        ]
        for function in functions {
            for (index, type) in function.stateTypes.enumerated() {
                fields.append(Field("\(function.result.name)#\(index)", type, isNullable: true))
            }
        }
        return Schema(fields)
    }

    /// - Parameter looksKeysUp: whether rows of one key have one group.
    func makePane(_ slot: PaneSlot, looksKeysUp: Bool = true) -> Pane {
        Pane(slot, accumulators: functions.map { $0.makeAccumulator() }, looksKeysUp: looksKeysUp)
    }
}
