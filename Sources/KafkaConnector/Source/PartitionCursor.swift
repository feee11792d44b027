import CRdKafka

/// How far one partition has been read.
struct PartitionCursor {
    /// The partition's position in the source's flat list.
    let lane: Int
    let topic: Int
    let topicName: String
    let partition: Int32
    /// Where to stop, if the run stops at the end.
    let end: Int64?

    /// The offset of the next record wanted: every one before it was handed out or never existed.
    var position: Int64
    /// Records are skipped until one was written at this time or later, in milliseconds since the epoch. The broker has
    /// looked for that place already, but some look up whole batches, and some not at all.
    private(set) var notBefore: Int64?
    /// The sequence of the next batch of the lane.
    var sequence: Int64 = 0
    /// The broker said that nothing is written beyond `position`.
    var isAtEnd = false
    /// The broker has answered for this partition since a connection was last lost.
    var isConfirmed = false
    /// Everything wanted has been handed out.
    var isDone: Bool
    /// Fetching has stopped because the broker no longer has `position`.
    var needsReset = false
    /// A record beyond `end` has come, so more of them would.
    var hasOverrun = false
    /// Fetching has been ended for good.
    var isStopped = false

    init(_ partition: KafkaPartition, lane: Int) {
        self.lane = lane
        topic = partition.topicIndex
        topicName = partition.topic
        self.partition = partition.partition
        end = partition.end
        position = partition.start
        notBefore = partition.notBefore
        isDone = partition.end.map { partition.start >= $0 } ?? false
    }

    /// What to do with a record that came.
    enum Verdict {
        case take
        /// Read before: an offset never goes backwards.
        case repeated
        /// Written after the end that the run was to stop at.
        case beyondEnd
        /// Written before the time at which reading was to start.
        case tooEarly
    }

    /// Takes note of a record. Offsets may jump forward: over records that compaction removed, or markers of
    /// transactions.
    ///
    /// - Parameter writtenAt: when it was written, in milliseconds since the epoch; asked for only if it matters.
    mutating func accept(offset: Int64, writtenAt: () -> Int64? = { nil }) -> Verdict {
        isConfirmed = true
        isAtEnd = false
        if offset < position { return .repeated }
        if let end, offset >= end {
            isDone = true
            hasOverrun = true
            return .beyondEnd
        }
        position = offset + 1
        if let end, position >= end { isDone = true }
        if let notBefore {
            if let time = writtenAt(), time < notBefore { return .tooEarly }
            self.notBefore = nil
        }
        return .take
    }

    /// Takes note of the broker's word that the log ends at `offset` for now.
    mutating func reachedEnd(offset: Int64) {
        isConfirmed = true
        // An older answer, overtaken by records since.
        guard offset >= position else { return }
        position = offset
        isAtEnd = true
        if let end, position >= end { isDone = true }
    }
}

/// A partition as the source found it when it was opened.
struct KafkaPartition: Sendable {
    var topic: String
    var topicIndex: Int
    var partition: Int32
    /// The first record to read.
    var start: Int64
    /// One after the last record to read; `nil`: read for ever.
    var end: Int64?
    /// Skip records from the start on until one was written at this time or later, in milliseconds since the epoch.
    var notBefore: Int64?

    /// What people call it, the same in every run: `social.mentions [3]`.
    var name: String { "\(topic) [\(partition)]" }
}
