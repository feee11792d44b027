import Columnar
import Primitives
import Synchronization
import Testing

@testable import Dataflow

/// Lanes of prepared batches that can be read again from any batch on, and that crash the run after some.
final class ReplayableSource: Source {
    private struct State {
        var next: [Int]
        var handed = 0
        var random: RandomSource
        var batches: [Int: [Int64: RecordBatch]] = [:]
    }

    let laneCount: Int
    let sharesLanes = false
    let isBounded = false
    private let lanes: [[RecordBatch]]
    private let crashAfter: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - crashAfter: batches handed out before the run is killed.
    ///   - positions: where an earlier run had come to, by the names of lanes.
    init(_ lanes: [[RecordBatch]], crashAfter: Int?, positions: [String: String], seed: UInt64) {
        self.lanes = lanes
        self.crashAfter = crashAfter
        laneCount = lanes.count
        let next = lanes.indices.map { positions["\($0)"].flatMap { Int($0) } ?? 0 }
        state = Mutex(State(next: next, random: RandomSource(seed: seed)))
    }

    func laneName(_ lane: Int) -> String { "\(lane)" }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        Reader(self, lanes: (0..<laneCount).filter { $0 % subtasks == subtask })
    }

    func asJob(_ schema: Schema, delay: Int64) -> JobSource {
        JobSource(
            source: self, makeDecoder: { ReplayingDecoder(self, schema) }, delay: .microseconds(delay), idle: nil,
            onError: .deadLetter)
    }

    private func take(_ own: [Int], _ sequences: inout [Int: Int64]) throws(Fault) -> SourceEvent {
        let (event, hasCrashed) = state.withLock { state -> (SourceEvent, Bool) in
            if state.random.below(4) == 0 { return (.pending, false) }
            let open = own.filter { state.next[$0] < lanes[$0].count }
            guard !open.isEmpty else { return (.end, false) }
            if let crashAfter, state.handed >= crashAfter { return (.end, true) }
            let lane = open[state.random.below(open.count)]
            let batch = lanes[lane][state.next[lane]]
            state.next[lane] += 1
            state.handed += 1
            let sequence = sequences[lane, default: 0]
            sequences[lane] = sequence + 1
            state.batches[lane, default: [:]][sequence] = batch
            return (
                .records(
                    RawRecords(
                        lane: lane, sequence: sequence, origin: "", partition: 0,
                        records: Array(repeating: RawRecord(bytes: nil, offset: 0), count: batch.rowCount),
                        isPadded: false, release: {})), false
            )
        }
        if hasCrashed { throw Fault("test.crash", "the run is killed") }
        return event
    }

    fileprivate func batch(_ records: RawRecords, _ schema: Schema) -> RecordBatch {
        state.withLock { $0.batches[records.lane]?.removeValue(forKey: records.sequence) } ?? .empty(schema)
    }

    private final class Reader: SourceReader {
        let lanes: [Int]
        private let source: ReplayableSource
        private var sequences: [Int: Int64] = [:]

        init(_ source: ReplayableSource, lanes: [Int]) {
            self.source = source
            self.lanes = lanes
        }

        func next() throws(Fault) -> SourceEvent { try source.take(lanes, &sequences) }
        func positions() -> [(lane: Int, position: String)] {
            source.state.withLock { state in lanes.map { ($0, "\(state.next[$0])") } }
        }
        func close() {}
    }
}

private final class ReplayingDecoder: Decoder {
    let schema: Schema
    private let source: ReplayableSource

    init(_ source: ReplayableSource, _ schema: Schema) {
        self.source = source
        self.schema = schema
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        DecodedRecords(batch: source.batch(records, schema), rejected: [])
    }
}

/// Keeps checkpoints for as long as it lives.
final class HeldCheckpoints: CheckpointStore {
    private struct Held {
        var head: CheckpointHead?
        var rows: [String: CapturedRows] = [:]
        var sinks: [String: SinkSnapshot] = [:]
    }

    private let held = Mutex(Held())

    func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint? {
        held.withLock { $0.head }.map { Checkpoint(head: $0) }
    }

    func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        guard let rows = held.withLock({ $0.rows[node] }) else { return }
        try rows.forEach(keyGroups, body)
    }

    func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot? { held.withLock { $0.sinks[name] } }

    func commit(_ draft: CheckpointDraft) throws(Fault) {
        held.withLock { held in
            if draft.isWhole { held.rows = [:] }
            for part in draft.parts {
                let node = draft.head.operators[part.node]
                held.rows[node.name, default: CapturedRows()].apply(
                    part.changes, subtask: part.subtask, tables: node.tables)
            }
            for (sink, snapshot) in zip(draft.head.sinks, draft.sinks) { held.sinks[sink.name] = snapshot }
            held.head = draft.head
        }
    }

    func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) {
        held.withLock { held in
            for (sink, snapshot) in zip(head.sinks, sinks) { held.sinks[sink.name] = snapshot }
            held.head = head
        }
    }

    func maintain() {}
    var newestEpoch: Int64 { held.withLock { $0.head?.epoch ?? 0 } }
    var byteCount: Int64 { 0 }
    func close() {}
}

/// A destination that shows rows once their epoch is committed, and that outlives the runs.
final class EpochRows: Sendable {
    private struct State {
        var rows: [[Cell]] = []
        var epoch: Int64 = 0
    }

    private let state = Mutex(State())
    var rows: [[Cell]] { state.withLock { $0.rows } }
    var asJob: JobSink { JobSink { OutboxSink(self) } }

    private func commit(_ batches: [RecordBatch], epoch: Int64) {
        state.withLock { state in
            guard epoch > state.epoch else { return }
            state.epoch = epoch
            for batch in batches { state.rows += batch.cells }
        }
    }

    private final class OutboxSink: Sink {
        private let target: EpochRows
        private var open: [RecordBatch] = []
        private var prepared: [RecordBatch] = []
        private(set) var counts = SinkCounts()

        init(_ target: EpochRows) {
            self.target = target
        }

        func write(_ batch: RecordBatch) {
            counts.received += Int64(batch.selectedCount)
            open.append(batch)
        }

        /// Asks for a checkpoint as often as it can.
        var wantsCommit: Bool { !open.isEmpty }

        func prepare(epoch: Int64) -> SinkSnapshot {
            prepared = open
            open = []
            return SinkSnapshot(rows: prepared)
        }

        func commit(epoch: Int64) {
            target.commit(prepared, epoch: epoch)
            counts.committed = counts.received
            prepared = []
        }

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) { target.commit(snapshot?.rows ?? [], epoch: epoch) }
        func close() {}
    }
}
