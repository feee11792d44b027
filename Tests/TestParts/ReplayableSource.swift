package import Columnar
package import Dataflow
import Primitives
import Synchronization

/// Lanes of prepared batches that can be read again from any batch on, and that crash the run after some.
package final class ReplayableSource: Source {
    private struct State {
        var next: [Int]
        var handed = 0
        var random: RandomSource
        var batches: [Int: [Int64: RecordBatch]] = [:]
    }

    package let laneCount: Int
    package let sharesLanes = false
    package let isBounded = false
    private let lanes: [[RecordBatch]]
    private let crashAfter: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - crashAfter: batches handed out before the run is killed.
    ///   - positions: where an earlier run had come to, by the names of lanes.
    package init(_ lanes: [[RecordBatch]], crashAfter: Int?, positions: [String: String], seed: UInt64) {
        self.lanes = lanes
        self.crashAfter = crashAfter
        laneCount = lanes.count
        let next = lanes.indices.map { positions["\($0)"].flatMap { Int($0) } ?? 0 }
        state = Mutex(State(next: next, random: RandomSource(seed: seed)))
    }

    package func laneName(_ lane: Int) -> String { "\(lane)" }

    package func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        Reader(self, lanes: (0..<laneCount).filter { $0 % subtasks == subtask })
    }

    package func asJob(_ schema: Schema, delay: Int64) -> JobSource {
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
