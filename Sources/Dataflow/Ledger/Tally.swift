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

    mutating func add(_ other: Tally) {
        for node in sources.indices {
            sources[node].read += other.sources[node].read
            sources[node].decoded += other.sources[node].decoded
            sources[node].deadLetter += other.sources[node].deadLetter
            ledgers[node] = ledgers[node] + other.ledgers[node]
            state[node] += other.state[node]
        }
        for edge in edges.indices {
            edges[edge].sent += other.edges[edge].sent
            edges[edge].received += other.edges[edge].received
        }
    }
}

/// A source's side of the ledger: `read = decoded + deadLetter`.
package struct SourceLedger: Sendable, Hashable {
    package var read: Int64 = 0
    package var decoded: Int64 = 0
    package var deadLetter: Int64 = 0

    package init() {}

    package var isBalanced: Bool { read == decoded + deadLetter }
}

/// An edge's side of the ledger: `sent = received`.
package struct EdgeLedger: Sendable, Hashable {
    package var sent: Int64 = 0
    package var received: Int64 = 0

    package init() {}

    package var isBalanced: Bool { sent == received }
}
