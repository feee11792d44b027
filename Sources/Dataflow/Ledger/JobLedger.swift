package import Primitives

/// Where every record of a run went. Balanced line by line, or the run has failed.
package struct JobLedger: Sendable {
    /// One node's or edge's counts under its name.
    package struct Line<Counts: Sendable>: Sendable {
        package var name: String
        package var counts: Counts

        package init(name: String, counts: Counts) {
            self.name = name
            self.counts = counts
        }
    }

    package var sources: [Line<SourceLedger>] = []
    /// Named `from -> to`.
    package var edges: [Line<EdgeLedger>] = []
    package var operators: [Line<OperatorLedger>] = []
    package var sinks: [Line<SinkCounts>] = []
    /// How far the event time of each source has come, by name.
    package var watermarks: [Line<EventTime>] = []
    /// Bytes of state that each operator holds.
    package var state: [Line<Int>] = []

    package init() {}

    package var isBalanced: Bool { accountsForEveryRow && edges.allSatisfy(\.counts.isBalanced) }

    /// Whether every node's own line balances. So it does at any moment of a run, while rows are on their way between
    /// the two ends of an edge.
    package var accountsForEveryRow: Bool {
        sources.allSatisfy(\.counts.isBalanced) && operators.allSatisfy(\.counts.isBalanced)
            && sinks.allSatisfy { $0.counts.held >= 0 }
    }
}
