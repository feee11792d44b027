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

    /// The counts of a run together with those of the runs that its state comes from. Sinks have theirs already: what
    /// they took back of an earlier run is known to them alone.
    func continuing(_ earlier: JobLedger) -> JobLedger {
        func add<Counts>(
            _ lines: inout [Line<Counts>], _ others: [Line<Counts>], _ sum: (Counts, Counts) -> Counts
        ) {
            for index in lines.indices {
                guard let other = others.first(where: { $0.name == lines[index].name }) else { continue }
                lines[index].counts = sum(lines[index].counts, other.counts)
            }
        }
        var sum = self
        add(&sum.sources, earlier.sources, +)
        add(&sum.edges, earlier.edges, +)
        add(&sum.operators, earlier.operators, +)
        return sum
    }

    package var isBalanced: Bool { accountsForEveryRow && edges.allSatisfy(\.counts.isBalanced) }

    /// Whether every node's own line balances. So it does at any moment of a run, while rows are on their way between
    /// the two ends of an edge.
    package var accountsForEveryRow: Bool {
        sources.allSatisfy(\.counts.isBalanced) && operators.allSatisfy(\.counts.isBalanced)
            && sinks.allSatisfy { $0.counts.held >= 0 }
    }
}
