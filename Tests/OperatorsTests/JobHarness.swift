import Columnar
import Primitives
import Synchronization
import Testing

@testable import Dataflow
@testable import Operators

/// A source of prepared batches, lane by lane.
final class BatchSource: Source {
    private struct State {
        var shared: [(lane: Int, sequence: Int64)]
        var batches: [[RecordBatch]]
        /// Frames handed out of each lane.
        var taken: [Int: Int64] = [:]
    }

    let laneCount: Int
    let sharesLanes: Bool
    let isBounded = true
    fileprivate let seed: UInt64
    fileprivate let sizes: [Int]
    private let state: Mutex<State>

    /// - Parameter sharesLanes: whether every subtask may read every lane, as it may a file's.
    init(_ lanes: [[RecordBatch]], sharesLanes: Bool, seed: UInt64) {
        laneCount = lanes.count
        self.sharesLanes = sharesLanes
        self.seed = seed
        sizes = lanes.map(\.count)
        var shared: [(lane: Int, sequence: Int64)] = []
        for frame in 0..<(sizes.max() ?? 0) {
            for lane in lanes.indices where frame < sizes[lane] { shared.append((lane, Int64(frame))) }
        }
        state = Mutex(State(shared: shared.reversed(), batches: lanes))
    }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) throws(Fault)
        -> any SourceReader
    {
        BatchReader(self, subtask, of: subtasks)
    }

    func laneName(_ lane: Int) -> String { "lane [\(lane)]" }

    fileprivate func position(_ lane: Int) -> String { state.withLock { "\($0.taken[lane] ?? 0)" } }

    fileprivate func takeShared() -> (lane: Int, sequence: Int64)? { state.withLock { $0.shared.popLast() } }

    fileprivate func batch(_ lane: Int, _ sequence: Int64) -> RecordBatch {
        state.withLock { $0.batches[lane][Int(sequence)] }
    }

    fileprivate func noteTaken(_ lane: Int) {
        state.withLock { $0.taken[lane, default: 0] += 1 }
    }
}

private final class BatchReader: SourceReader {
    let lanes: [Int]
    private let source: BatchSource
    private var handed: [Int: Int64] = [:]
    private var random: RandomSource

    init(_ source: BatchSource, _ subtask: Int, of subtasks: Int) {
        self.source = source
        lanes = (0..<source.laneCount).filter { source.sharesLanes || $0 % subtasks == subtask }
        random = RandomSource(seed: source.seed &+ UInt64(subtask))
    }

    func next() throws(Fault) -> SourceEvent {
        if random.below(3) == 0 { return .pending }
        if source.sharesLanes {
            guard let taken = source.takeShared() else { return .end }
            return .records(records(taken.lane, taken.sequence))
        }
        let open = lanes.filter { Int(handed[$0] ?? 0) < source.sizes[$0] }
        guard !open.isEmpty else { return .end }
        let lane = open[random.below(open.count)]
        defer { handed[lane, default: 0] += 1 }
        return .records(records(lane, handed[lane] ?? 0))
    }

    private func records(_ lane: Int, _ sequence: Int64) -> RawRecords {
        source.noteTaken(lane)
        let rows = source.batch(lane, sequence).rowCount
        return RawRecords(
            lane: lane, sequence: sequence, origin: "", partition: Int32(lane),
            records: Array(repeating: RawRecord(bytes: nil, offset: 0), count: rows), isPadded: false, release: {})
    }

    func positions() -> [(lane: Int, position: String)] { lanes.map { ($0, source.position($0)) } }
    func close() {}
}

final class BatchDecoder: Decoder {
    let schema: Schema
    private let source: BatchSource

    init(_ source: BatchSource, _ schema: Schema) {
        self.source = source
        self.schema = schema
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        DecodedRecords(batch: source.batch(records.lane, records.sequence), rejected: [])
    }
}

/// The rows that reached a sink, in their order.
final class SinkRows: Sendable {
    private let state = Mutex<[[Cell]]>([])
    var rows: [[Cell]] { state.withLock { $0 } }
    fileprivate func add(_ rows: [[Cell]]) { state.withLock { $0 += rows } }

    var asJob: JobSink { JobSink(open: { RowSink(self) }) }

    private final class RowSink: Sink {
        private let target: SinkRows
        private var held: [RecordBatch] = []
        private(set) var counts = SinkCounts()

        init(_ target: SinkRows) {
            self.target = target
        }

        func write(_ batch: RecordBatch) {
            held.append(batch)
            counts.received += Int64(batch.selectedCount)
        }

        func prepare(epoch: Int64) -> SinkSnapshot { SinkSnapshot(rows: held) }

        func commit(epoch: Int64) {
            for batch in held { target.add(batch.cells) }
            held = []
            counts.committed = counts.received
        }

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {
            for batch in snapshot?.rows ?? [] { write(batch) }
            commit(epoch: epoch)
        }

        var wantsCommit: Bool { false }
        func close() {}
    }
}

/// Operators in a row between a source and a sink, run by the runtime.
struct OperatorJob {
    var chain: [PlannedOperator]
    var stream: TestStream
    var delay: Int64 = 0
    let results = SinkRows()
    let late = SinkRows()
    let deadLetters = SinkRows()

    init(_ planned: PlannedOperator?, _ stream: TestStream, delay: Int64 = 0) throws {
        chain = [try #require(planned)]
        self.stream = stream
        self.delay = delay
    }

    /// The stream that comes out.
    var output: TestStream {
        var stream = stream
        if let last = chain.last { stream.shape = last.output }
        return stream
    }

    /// Adds an operator behind the others.
    mutating func append(_ name: String, _ settings: Written) throws {
        let (planned, faults) = plan(name, settings, output)
        #expect(faults.isEmpty, "\(faults)")
        chain.append(try #require(planned))
    }

    func run(_ source: BatchSource, subtasks: Int) throws -> JobLedger {
        let schema = stream.shape.schema
        let work = JobSource(
            source: source, makeDecoder: { BatchDecoder(source, schema) }, delay: .microseconds(delay), idle: nil,
            onError: .deadLetter)
        var nodes = [JobNode(name: "source", inputs: [], work: .source(work))]
        for planned in chain {
            let inputs = [JobStream.node(nodes.count - 1)]
            let work = JobOperator(placement: planned.placement)
            nodes.append(JobNode(name: "operator\(nodes.count)", inputs: inputs, work: .operator(work)))
        }
        let last = JobStream.node(nodes.count - 1)
        nodes.append(JobNode(name: "results", inputs: [last], work: .sink(results.asJob)))
        nodes.append(JobNode(name: "late", inputs: [.late], work: .sink(late.asJob)))
        nodes.append(JobNode(name: "dead", inputs: [.deadLetters], work: .sink(deadLetters.asJob)))
        let job = Job(pipeline: "test", nodes: nodes)
        let settings = JobSettings(subtasks: subtasks, clock: SystemClock(), renderRow: { _, _ in [] })
        let ledger = try JobRun(job, settings, park: { _, _ in }).run()
        #expect(ledger.isBalanced, "\(ledger)")
        return ledger
    }
}
