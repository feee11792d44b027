import Columnar
import Primitives
import Synchronization
import Testing

@testable import Dataflow

/// Builds a job node by node and runs it.
struct TestJob {
    private(set) var nodes: [JobNode] = []
    var clock = VirtualClock()
    var creditsPerSender = 4
    var sinkRowCapacity = 1_000
    /// Letters that no node reads.
    let parked = Parked()

    final class Parked: Sendable {
        private let letters = Mutex<[DeadLetter]>([])
        var count: Int { letters.withLock { $0.count } }
        func add(_ more: [DeadLetter]) { letters.withLock { $0 += more } }
    }

    mutating func source(_ source: JobSource) -> JobStream { add("source\(nodes.count)", [], .source(source)) }

    mutating func local(
        _ input: JobStream..., make: @escaping @Sendable (SubtaskContext) throws(Fault) -> any Operator
    ) -> JobStream {
        add("operator\(nodes.count)", input, .operator(JobOperator(placement: .local(make))))
    }

    mutating func union(_ inputs: [JobStream]) -> JobStream {
        add("operator\(nodes.count)", inputs, .operator(JobOperator(placement: .local { _ in PassOperator() })))
    }

    mutating func placed(_ input: JobStream, _ placement: Placement, shape: StateShape? = nil) -> JobStream {
        add("operator\(nodes.count)", [input], .operator(JobOperator(placement: placement, shape: shape)))
    }

    mutating func sink(_ inputs: JobStream..., to sink: JobSink) {
        _ = add("sink\(nodes.count)", inputs, .sink(sink))
    }

    private mutating func add(_ name: String, _ inputs: [JobStream], _ work: JobNode.Work) -> JobStream {
        nodes.append(JobNode(name: name, inputs: inputs, work: work))
        return .node(nodes.count - 1)
    }

    func makeRun(subtasks: Int, checkpoints: JobCheckpoints? = nil) -> JobRun {
        JobRun(
            Job(pipeline: "test", nodes: nodes), settings(subtasks, checkpoints),
            park: { [parked] letters, _ in parked.add(letters) })
    }

    /// A run whose parts have been restored and are stepped by the test.
    func makeSteppedRun(subtasks: Int, checkpoints: JobCheckpoints) throws -> SteppedRun {
        let run = try SteppedRun(
            Job(pipeline: "test", nodes: nodes), settings(subtasks, checkpoints),
            park: { [parked] letters, _ in parked.add(letters) })
        for part in run.parts { try run.restore(part) }
        return run
    }

    private func settings(_ subtasks: Int, _ checkpoints: JobCheckpoints?) -> JobSettings {
        var settings = JobSettings(subtasks: subtasks, clock: clock, seed: 1, renderRow: { _, _ in [] })
        settings.checkpoints = checkpoints
        settings.creditsPerSender = creditsPerSender
        settings.sinkRowCapacity = sinkRowCapacity
        return settings
    }

    /// Runs to the end and checks the ledger.
    @discardableResult
    func run(subtasks: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> JobLedger {
        try finish(makeRun(subtasks: subtasks), sourceLocation: sourceLocation)
    }

    /// Lets a run come to its end, which must be within seconds.
    @discardableResult
    func finish(_ run: JobRun, sourceLocation: SourceLocation = #_sourceLocation) throws -> JobLedger {
        let outcome = Outcome()
        let thread = NamedThread("run") {
            do throws(Fault) { outcome.set(.success(try run.run())) } catch { outcome.set(.failure(error)) }
        }
        guard let result = outcome.wait() else {
            Issue.record("the run hangs: \(run.ledger())", sourceLocation: sourceLocation)
            throw Fault("test.hang", "the run hangs")
        }
        thread.join()
        let ledger = try result.get()
        check(ledger, sourceLocation: sourceLocation)
        return ledger
    }

    /// What is equal line by line in every run that has ended.
    func check(_ ledger: JobLedger, sourceLocation: SourceLocation = #_sourceLocation) {
        for line in ledger.sources {
            #expect(line.counts.isBalanced, "\(line)", sourceLocation: sourceLocation)
        }
        for line in ledger.edges {
            #expect(line.counts.sent == line.counts.received, "\(line)", sourceLocation: sourceLocation)
        }
        for line in ledger.operators {
            #expect(line.counts.isBalanced, "\(line)", sourceLocation: sourceLocation)
        }
        for line in ledger.sinks {
            #expect(line.counts.held == 0, "\(line)", sourceLocation: sourceLocation)
        }
        for (index, node) in nodes.enumerated() {
            // What a node has been given is what came in by its edges.
            let suffix = " -> \(node.name)"
            let arrived = ledger.edges.filter { $0.name.hasSuffix(suffix) }.reduce(0) { $0 + $1.counts.received }
            switch node.work {
            case .source: break
            case .operator:
                let received = ledger.operators.first { $0.name == node.name }?.counts.received
                #expect(received == arrived, "node \(index)", sourceLocation: sourceLocation)
            case .sink:
                let received = ledger.sinks.first { $0.name == node.name }?.counts.received
                #expect(received == arrived, "node \(index)", sourceLocation: sourceLocation)
            }
        }
        #expect(ledger.isBalanced, sourceLocation: sourceLocation)
    }
}

/// How a run ended, for whoever waits for it.
private final class Outcome: @unchecked Sendable {
    // Sendable: guarded by `lock`.
    private let lock = WaitingLock()
    private var result: Result<JobLedger, Fault>?

    func set(_ result: Result<JobLedger, Fault>) {
        lock.withLock {
            self.result = result
            lock.signal()
        }
    }

    func wait() -> Result<JobLedger, Fault>? {
        lock.withLock {
            for _ in 0..<200 where result == nil { lock.wait(milliseconds: 100) }
            return result
        }
    }
}
