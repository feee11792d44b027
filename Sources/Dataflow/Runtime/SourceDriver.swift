import Columnar
import Primitives

/// Reads one source within one subtask: takes records, decodes them, gives each frame its floor, and promises the
/// watermark.
final class SourceDriver {
    /// Decoded frames that may wait for the floors of frames before theirs, which other subtasks decode.
    private static let waitingFramesMax = 4

    private struct Waiting {
        var lane: Int
        var sequence: Int64
        var batch: RecordBatch
    }

    let node: Int
    var targets: [StageTarget] = []
    private(set) var isClosed = false

    private let source: JobSource
    private let reader: any SourceReader
    private let decoder: any Decoder
    private let progress: SourceProgress
    private let subtask: Int
    private var waiting: [Waiting] = []
    private var forwarded = EventTime.distantPast
    private var hasEnded = false
    private var isStopped = false
    private var hasReportedEnd = false

    /// When the lane last had a record, in monotonic nanoseconds; `nil` once it is idle.
    private var lastRecord: [Int: Int64]
    /// The lanes that have not rested; rebuilt from `lastRecord` when it changes.
    private var activeLanes: [Int]

    init(node: Int, source: JobSource, reader: any SourceReader, decoder: any Decoder, shared: JobShared, subtask: Int)
    {
        self.node = node
        self.source = source
        self.reader = reader
        self.decoder = decoder
        self.subtask = subtask
        guard let progress = shared.progress[node] else { preconditionFailure("every source has its progress") }
        self.progress = progress
        let now = shared.settings.clock.monotonicNanoseconds()
        lastRecord = Dictionary(uniqueKeysWithValues: reader.lanes.map { ($0, now) })
        activeLanes = reader.lanes
        if reader.lanes.isEmpty { progress.finish(subtask: subtask) }
    }

    /// Does one piece of work; `false` if there was none.
    func poll(_ owner: Subtask, mayRead: Bool) throws(Fault) -> Bool {
        guard !isClosed else { return false }
        if owner.shared.isStopping && !isStopped {
            isStopped = true
            reader.close()
        }
        var hasWorked = try releaseWaiting(owner)
        if !isStopped && !hasEnded && mayRead && waiting.count < Self.waitingFramesMax {
            switch try reader.next() {
            case .records(let records):
                try take(records, owner)
                hasWorked = true
                _ = try releaseWaiting(owner)
            case .pending: break
            case .caughtUp:
                restIdleLanes(owner)
                if activeLanes.isEmpty, source.idle != nil { progress.follow(owner.shared.timeOfJoinedSources(node)) }
            case .end: hasEnded = true
            }
        }
        if isOver, mayFinish(owner), !isStopped {
            progress.finish(subtask: subtask)
            owner.wakeOthers()
        }
        try forwardWatermark()
        if mayFinish(owner) { try closeIfDone(owner) }
        return hasWorked
    }

    private var isOver: Bool { (hasEnded || isStopped) && waiting.isEmpty }

    /// Whether the input may end now. With checkpoints it ends only when the last of them has captured the state as it
    /// was before: a later run may find more input, and windows must then still be open.
    private func mayFinish(_ owner: Subtask) -> Bool {
        guard let barrier = owner.shared.barrier else { return true }
        guard isOver else { return false }
        #if CANARIES
            if Canary.isOn(.closeBeforeCapture), hasReportedEnd { return true }
        #endif
        if !hasReportedEnd {
            hasReportedEnd = true
            barrier.readerEnded()
            // Who has nothing more to come holds nobody back who reads on. Who is only stopped has more to come.
            if !isStopped { progress.end(subtask: subtask) }
        }
        return barrier.isClosing
    }

    /// Sends on everything that has been read, and reads no more; `false` while frames before it are being decoded.
    func settle(_ owner: Subtask) throws(Fault) -> Bool {
        guard !isClosed else { return true }
        _ = try releaseWaiting(owner)
        try forwardWatermark()
        return waiting.isEmpty
    }

    /// Where a later run is to read on, by lane.
    var positions: [Int: String] {
        Dictionary(reader.positions().map { ($0.lane, $0.position) }) { $1 }
    }

    /// Closes the reader of a run that ends as it is.
    func abandon() {
        guard !isClosed, !isStopped else { return }
        isClosed = true
        reader.close()
    }

    private func take(_ records: RawRecords, _ owner: Subtask) throws(Fault) {
        if source.idle != nil { noteRecords(lane: records.lane, owner) }
        let decoded = decoder.decode(records)
        let rejected = records.rejected + decoded.rejected
        owner.tally.sources[node].read += Int64(records.records.count + records.rejected.count)
        owner.tally.sources[node].decoded += Int64(decoded.batch.rowCount)
        owner.tally.sources[node].deadLetter += Int64(rejected.count)
        if !rejected.isEmpty { try refuse(rejected, owner) }

        progress.publish(lane: records.lane, sequence: records.sequence, latest: latestTime(decoded.batch))
        if source.source.sharesLanes { owner.wakeOthers() }
        waiting.append(Waiting(lane: records.lane, sequence: records.sequence, batch: decoded.batch))
    }

    private func refuse(_ letters: [DeadLetter], _ owner: Subtask) throws(Fault) {
        #if CANARIES
            if Canary.isOn(.swallowDeadLetter) { return }
        #endif
        switch source.onError {
        case .deadLetter: try owner.send(letters, to: .deadLetters, from: node)
        case .skip: break
        case .fail:
            let first = letters[0]
            throw Fault(
                "source.bad_record", "a record of \(owner.job.nodes[node].name) cannot be decoded",
                detail: "\(first.origin)/\(first.partition)@\(first.offset): \(first.reason)",
                hint: "set on_error: dead_letter to put such records aside and go on")
        }
    }

    /// Sends on the frames whose floors are known by now.
    private func releaseWaiting(_ owner: Subtask) throws(Fault) -> Bool {
        var hasWorked = false
        var index = 0
        while index < waiting.count {
            let entry = waiting[index]
            guard let floor = progress.takeFloor(lane: entry.lane, sequence: entry.sequence) else {
                index += 1
                continue
            }
            waiting.remove(at: index)
            hasWorked = true
            var frame = Frame(
                batch: entry.batch, lane: Lane(node: node, index: entry.lane), sequence: entry.sequence, floor: floor)
            frame.latestBefore = progress.takeLatestBefore(lane: entry.lane, sequence: entry.sequence)
            for target in targets { try target.send(frame, owner) }
        }
        if hasWorked && !hasEnded { promise() }
        return hasWorked
    }

    private func promise() {
        guard !activeLanes.isEmpty else { return }
        var sequences: [Int: [Int64]] = [:]
        for entry in waiting { sequences[entry.lane, default: []].append(entry.sequence) }
        progress.promise(subtask: subtask, lanes: activeLanes, waiting: sequences)
    }

    private func forwardWatermark() throws(Fault) {
        let watermark = progress.watermark
        guard watermark > forwarded else { return }
        forwarded = watermark
        for target in targets { try target.send(watermark) }
    }

    private func closeIfDone(_ owner: Subtask) throws(Fault) {
        guard waiting.isEmpty, isStopped || (hasEnded && forwarded == .distantFuture) else { return }
        isClosed = true
        if !isStopped { reader.close() }
        for target in targets { try target.send(isStopped ? CloseKind.stopped : .ended) }
    }

    // MARK: Idle lanes

    private func noteRecords(lane: Int, _ owner: Subtask) {
        let wasIdle = lastRecord[lane] == nil
        lastRecord[lane] = owner.shared.settings.clock.monotonicNanoseconds()
        if wasIdle {
            progress.wake(subtask: subtask, lane: lane)
            activeLanes = lastRecord.keys.sorted()
        }
    }

    /// Called when every record written so far has been read: lanes silent for long enough stop holding others back.
    private func restIdleLanes(_ owner: Subtask) {
        guard let idle = source.idle, !activeLanes.isEmpty, waiting.isEmpty else { return }
        let limit = owner.shared.settings.clock.monotonicNanoseconds() - idle.microseconds * 1_000
        let silent = activeLanes.filter { (lastRecord[$0] ?? .max) < limit }
        guard !silent.isEmpty else { return }
        for lane in silent { lastRecord[lane] = nil }
        activeLanes = lastRecord.keys.sorted()
        if activeLanes.isEmpty { progress.rest(subtask: subtask) } else { promise() }
    }

    private func latestTime(_ batch: RecordBatch) -> EventTime {
        guard let times = batch.eventTimes, batch.rowCount > 0 else { return .distantPast }
        var latest = Int64.min
        for row in 0..<batch.rowCount { latest = max(latest, times.values[row]) }
        return EventTime(microseconds: latest)
    }
}
