import Primitives

/// What one subtask has counted so far, by node and edge of the job.
struct Tally: Sendable {
    var sources: [SourceLedger]
    var ledgers: [OperatorLedger]
    var edges: [EdgeLedger]
    /// Bytes of state, by node.
    var state: [Int]

    init(nodes: Int, edges: Int) {
        sources = Array(repeating: SourceLedger(), count: nodes)
        ledgers = Array(repeating: OperatorLedger(), count: nodes)
        self.edges = Array(repeating: EdgeLedger(), count: edges)
        state = Array(repeating: 0, count: nodes)
    }

    mutating func add(_ ledger: OperatorLedger, node: Int) {
        ledgers[node] = ledgers[node] + ledger
    }

    /// What several subtasks have counted together.
    static func sum(_ tallies: [Tally]) -> Tally {
        var sum = tallies[0]
        for tally in tallies.dropFirst() { sum.add(tally) }
        return sum
    }

    private mutating func add(_ other: Tally) {
        for node in sources.indices {
            sources[node] = sources[node] + other.sources[node]
            ledgers[node] = ledgers[node] + other.ledgers[node]
            state[node] += other.state[node]
        }
        for edge in edges.indices { edges[edge] = edges[edge] + other.edges[edge] }
    }
}

/// A source's side of the ledger: `read = decoded + deadLetter`.
package struct SourceLedger: Sendable, Hashable {
    package var read: Int64 = 0
    package var decoded: Int64 = 0
    package var deadLetter: Int64 = 0

    package init() {}

    package var isBalanced: Bool { read == decoded + deadLetter }

    package static func + (left: SourceLedger, right: SourceLedger) -> SourceLedger {
        var sum = left
        sum.read += right.read
        sum.decoded += right.decoded
        sum.deadLetter += right.deadLetter
        return sum
    }
}

/// An edge's side of the ledger: `sent = received`.
package struct EdgeLedger: Sendable, Hashable {
    package var sent: Int64 = 0
    package var received: Int64 = 0

    package init() {}

    package var isBalanced: Bool { sent == received }

    package static func + (left: EdgeLedger, right: EdgeLedger) -> EdgeLedger {
        var sum = left
        sum.sent += right.sent
        sum.received += right.received
        return sum
    }
}
