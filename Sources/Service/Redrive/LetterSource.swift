import Dataflow
import Primitives
import Synchronization

/// Letters as a source: one lane of them, beside the lanes of the source that it stands for, which say nothing and keep
/// their positions.
final class LetterSource: Source {
    private static let batchRows = 4_096

    private struct State {
        /// Letters handed out, in this run and those before.
        var sent: Int
        var sequence: Int64 = 0
        var isDone = false
    }

    private let letters: [LetterFile.Letter]
    private let lane: String
    private let kept: [SourceCheckpoint.Lane]
    private let done: @Sendable () -> Void
    private let state: Mutex<State>
    let sharesLanes = false
    let isBounded = true

    /// - Parameters:
    ///   - lane: the name of the letters' own lane.
    ///   - lanes: those of the source in the checkpoint.
    ///   - done: called once all letters have been handed out.
    init(
        _ letters: [LetterFile.Letter], lane: String, lanes: [SourceCheckpoint.Lane],
        done: @escaping @Sendable () -> Void
    ) {
        self.letters = letters
        self.lane = lane
        self.done = done
        kept = lanes.filter { $0.name != lane }
        state = Mutex(State(sent: lanes.first { $0.name == lane }.flatMap { Int($0.position) } ?? 0))
    }

    var laneCount: Int { kept.count + 1 }

    func laneName(_ index: Int) -> String { index < kept.count ? kept[index].name : lane }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        LetterReader(self, lanes: subtask == 0 ? Array(0..<laneCount) : [])
    }

    fileprivate func next() -> SourceEvent {
        let (taken, isDone) = state.withLock { state -> (RawRecords?, Bool) in
            guard state.sent < letters.count else {
                defer { state.isDone = true }
                return (nil, !state.isDone)
            }
            // Records of one origin go together, so that a letter that is refused again keeps its place.
            let first = letters[state.sent]
            let batch = letters[state.sent...].prefix(Self.batchRows).prefix {
                $0.origin == first.origin && $0.partition == first.partition
            }
            defer {
                state.sent += batch.count
                state.sequence += 1
            }
            return (makeRecords(Array(batch), first, sequence: state.sequence), false)
        }
        if isDone { done() }
        return taken.map { .records($0) } ?? .pending
    }

    fileprivate var position: String { "\(state.withLock { $0.sent })" }
    fileprivate var keptPositions: [(lane: Int, position: String)] {
        kept.enumerated().map { ($0, $1.position) }
    }

    private func makeRecords(_ letters: [LetterFile.Letter], _ first: LetterFile.Letter, sequence: Int64) -> RawRecords
    {
        let size = letters.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, size), alignment: 1)
        var records: [RawRecord] = []
        var used = 0
        for letter in letters {
            var slice: UnsafeRawBufferPointer?
            if let bytes = letter.bytes {
                let target = UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + bytes.count])
                target.copyBytes(from: bytes)
                used += bytes.count
                slice = UnsafeRawBufferPointer(target)
            }
            records.append(RawRecord(bytes: slice, offset: letter.offset, timestamp: letter.eventTime))
        }
        return RawRecords(
            lane: kept.count, sequence: sequence, origin: first.origin, partition: first.partition, records: records,
            isPadded: false, release: { memory.deallocate() })
    }
}

private final class LetterReader: SourceReader {
    let lanes: [Int]
    private let source: LetterSource

    init(_ source: LetterSource, lanes: [Int]) {
        self.source = source
        self.lanes = lanes
    }

    func next() -> SourceEvent { lanes.isEmpty ? .pending : source.next() }

    func positions() -> [(lane: Int, position: String)] {
        guard let last = lanes.last else { return [] }
        return source.keptPositions + [(last, source.position)]
    }

    func close() {}
}
