/// An operator's side of the ledger:
/// `received = passed + filtered + duplicate + late + deadLetter + folded + held`.
package struct OperatorLedger: Sendable, Hashable {
    package var received: Int64 = 0
    /// Rows that went on as rows.
    package var passed: Int64 = 0
    package var filtered: Int64 = 0
    package var duplicate: Int64 = 0
    package var late: Int64 = 0
    package var deadLetter: Int64 = 0
    /// Rows that became part of a window or another state.
    package var folded: Int64 = 0
    /// Rows that wait in a state as rows.
    package var held: Int64 = 0
    /// Rows that the operator made by itself: a window's result, an unnested element. Outside the equality.
    package var made: Int64 = 0
    /// What an operator counts besides, by name: outside the equality too.
    package var counts: [String: Int64] = [:]

    package init() {}

    package var isBalanced: Bool {
        received == passed + filtered + duplicate + late + deadLetter + folded + held
    }

    /// The counts of two subtasks together.
    package static func + (left: OperatorLedger, right: OperatorLedger) -> OperatorLedger {
        var sum = left
        sum.received += right.received
        sum.passed += right.passed
        sum.filtered += right.filtered
        sum.duplicate += right.duplicate
        sum.late += right.late
        sum.deadLetter += right.deadLetter
        sum.folded += right.folded
        sum.held += right.held
        sum.made += right.made
        for (name, count) in right.counts { sum.counts[name, default: 0] += count }
        return sum
    }
}
