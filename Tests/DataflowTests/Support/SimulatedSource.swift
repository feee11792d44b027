import Columnar
import Primitives
import Synchronization

@testable import Dataflow

/// What a simulated lane does next.
enum Step: Sendable {
    /// A frame of records, and how many more in it cannot be decoded.
    case posts([Post], bad: Int = 0)
    case pending
    case caughtUp
    /// Everybody's clock goes on; then nothing is ready.
    case advance(milliseconds: Int64)
    /// Nothing is ready until the gate opens.
    case hold(Gate)
    case fault(Fault)
}

/// A source of scripted lanes. The position in a lane is the number of frames handed out of it.
final class SimulatedSource: Source {
    struct Entry: Sendable {
        var lane: Int
        var step: Step
    }

    private struct State {
        var shared: [Entry]
        var sequences: [Int64]
        /// Frames handed out of each lane, in earlier runs too.
        var positions: [Int64]
        var chunks: [Lane: [Int64: [Post]]] = [:]
        var framesRead = 0
        var rowsRead = 0
        var closedReaders = 0

        mutating func number(_ entry: Entry) -> Int64 {
            guard case .posts = entry.step else { return 0 }
            defer {
                sequences[entry.lane] += 1
                positions[entry.lane] += 1
            }
            return sequences[entry.lane]
        }
    }

    let laneCount: Int
    let sharesLanes: Bool
    let isBounded: Bool
    fileprivate let script: [Entry]
    fileprivate let clock: VirtualClock
    /// How likely a reader says that nothing is ready although there is.
    fileprivate let hesitation: Double
    fileprivate let seed: UInt64
    /// Whether the readers wait for more at the end of the script.
    fileprivate let staysOpen: Bool
    private let state: Mutex<State>

    /// - Parameter positions: where an earlier run has come to, by the names of lanes.
    init(
        _ script: [Entry], lanes: Int, sharesLanes: Bool = false, clock: VirtualClock = VirtualClock(),
        hesitation: Double = 0, seed: UInt64 = 0, staysOpen: Bool = false, positions: [String: String] = [:]
    ) {
        let read = (0..<lanes).map { positions[Self.laneName($0)].flatMap { Int64($0) } ?? 0 }
        var unread = read
        let script = script.filter { entry in
            guard case .posts = entry.step, unread[entry.lane] > 0 else { return true }
            unread[entry.lane] -= 1
            return false
        }
        self.script = script
        isBounded = !staysOpen
        laneCount = lanes
        self.sharesLanes = sharesLanes
        self.clock = clock
        self.hesitation = hesitation
        self.seed = seed
        self.staysOpen = staysOpen
        state = Mutex(
            State(shared: script.reversed(), sequences: Array(repeating: 0, count: lanes), positions: read))
    }

    /// Lanes of posts in frames, read in a random order that keeps each lane's own.
    convenience init(
        lanes: [[[Post]]], bad: Int = 0, sharesLanes: Bool = false, hesitation: Double = 0, seed: UInt64 = 0,
        staysOpen: Bool = false, positions: [String: String] = [:]
    ) {
        var random = RandomSource(seed: seed)
        var rest = lanes.map { $0[...] }
        var script: [Entry] = []
        while true {
            let open = rest.indices.filter { !rest[$0].isEmpty }
            guard !open.isEmpty else { break }
            let lane = open[random.below(open.count)]
            script.append(Entry(lane: lane, step: .posts(rest[lane].removeFirst(), bad: bad)))
        }
        self.init(
            script, lanes: lanes.count, sharesLanes: sharesLanes, hesitation: hesitation, seed: seed,
            staysOpen: staysOpen, positions: positions)
    }

    private static func laneName(_ lane: Int) -> String { "lane [\(lane)]" }
    func laneName(_ lane: Int) -> String { Self.laneName(lane) }

    var framesRead: Int { state.withLock { $0.framesRead } }
    var rowsRead: Int { state.withLock { $0.rowsRead } }
    var closedReaders: Int { state.withLock { $0.closedReaders } }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) throws(Fault)
        -> any SourceReader
    {
        SimulatedReader(self, subtask: subtask, of: subtasks)
    }

    /// The next entry for whoever asks, numbered within its lane.
    fileprivate func takeShared() -> (entry: Entry, sequence: Int64)? {
        state.withLock { state in state.shared.popLast().map { ($0, state.number($0)) } }
    }

    fileprivate func position(_ lane: Int) -> String { state.withLock { "\($0.positions[lane])" } }

    fileprivate func number(_ entry: Entry) -> Int64 { state.withLock { $0.number(entry) } }

    fileprivate func hand(_ posts: [Post], bad: Int, lane: Int, sequence: Int64) -> RawRecords {
        state.withLock { state in
            state.chunks[Lane(node: 0, index: lane), default: [:]][sequence] = posts
            state.framesRead += 1
            state.rowsRead += posts.count + bad
        }
        let records = (0..<posts.count + bad).map { RawRecord(bytes: nil, offset: Int64($0)) }
        return RawRecords(
            lane: lane, sequence: sequence, origin: "simulated", partition: Int32(lane), records: records,
            isPadded: false, release: {})
    }

    fileprivate func posts(of records: RawRecords) -> [Post] {
        state.withLock {
            $0.chunks[Lane(node: 0, index: records.lane)]?.removeValue(forKey: records.sequence) ?? []
        }
    }

    fileprivate func noteClosed() { state.withLock { $0.closedReaders += 1 } }

    /// The source as a job takes it.
    func asJob(
        delay: Duration = .zero, idle: Duration? = nil, onError: JobSource.ErrorPolicy = .deadLetter
    ) -> JobSource {
        JobSource(
            source: self, makeDecoder: { SimulatedDecoder(self) }, delay: delay, idle: idle, onError: onError)
    }
}

private final class SimulatedReader: SourceReader {
    let lanes: [Int]
    private let source: SimulatedSource
    private var script: [SimulatedSource.Entry]
    private var held: SimulatedSource.Entry?
    private var random: RandomSource

    init(_ source: SimulatedSource, subtask: Int, of subtasks: Int) {
        self.source = source
        let lanes =
            source.sharesLanes
            ? Array(0..<source.laneCount) : (0..<source.laneCount).filter { $0 % subtasks == subtask }
        self.lanes = lanes
        script = source.sharesLanes ? [] : source.script.filter { lanes.contains($0.lane) }.reversed()
        random = RandomSource(seed: source.seed &+ UInt64(subtask) &* 7_919)
    }

    func next() throws(Fault) -> SourceEvent {
        if source.hesitation > 0, random.unit() < source.hesitation { return .pending }
        guard let (entry, sequence) = nextEntry() else { return source.staysOpen ? .caughtUp : .end }
        held = nil
        switch entry.step {
        case .posts(let posts, let bad):
            return .records(source.hand(posts, bad: bad, lane: entry.lane, sequence: sequence))
        case .pending: return .pending
        case .caughtUp: return .caughtUp
        case .advance(let milliseconds):
            source.clock.advance(milliseconds: milliseconds)
            return .pending
        case .hold(let gate):
            if !gate.isOpen { held = entry }
            return .pending
        case .fault(let fault): throw fault
        }
    }

    private func nextEntry() -> (entry: SimulatedSource.Entry, sequence: Int64)? {
        if let held { return (held, 0) }
        if source.sharesLanes { return source.takeShared() }
        return script.popLast().map { ($0, source.number($0)) }
    }

    func positions() -> [(lane: Int, position: String)] { lanes.map { ($0, source.position($0)) } }

    func close() { source.noteClosed() }
}

private final class SimulatedDecoder: Decoder {
    let schema = Post.schema
    private let source: SimulatedSource

    init(_ source: SimulatedSource) {
        self.source = source
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        let posts = source.posts(of: records)
        let rejected = records.records.dropFirst(posts.count).map {
            DeadLetter(
                code: "test.bad", reason: "cannot be decoded", origin: records.origin, partition: records.partition,
                offset: $0.offset, bytes: Array("bad".utf8))
        }
        return DecodedRecords(batch: Post.batch(posts), rejected: rejected)
    }
}
