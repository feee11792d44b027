/// One undecoded record.
package struct RawRecord {
    /// The record's bytes, lent by its batch; `nil` for a null payload, Kafka's tombstone.
    package var bytes: UnsafeRawBufferPointer?
    /// Where it stands in its partition: Kafka's offset, or the byte in the file.
    package var offset: Int64
    /// When the transport says it was written, in microseconds; `nil` if it does not say.
    package var timestamp: Int64?

    package init(bytes: UnsafeRawBufferPointer?, offset: Int64, timestamp: Int64? = nil) {
        self.bytes = bytes
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// Some thousand undecoded records of one lane. It owns the memory until it is released.
package final class RawRecords: @unchecked Sendable {
    // Sendable: it has one owner at a time; a reader hands it to the subtask that decodes it.

    /// The position of the lane among its source's lanes.
    package let lane: Int
    /// 0, 1, 2 … within the lane.
    package let sequence: Int64
    /// What people call the place these come from: a topic or a file's path.
    package let origin: String
    /// Kafka's partition; 0 for a file.
    package let partition: Int32
    package let records: [RawRecord]
    /// Whether 64 readable bytes follow each record, so that a vectorised parser may read past its end.
    package let isPadded: Bool
    /// Records that never became readable (a compressed file cut off, a line above the limit): dead letters already.
    package let rejected: [DeadLetter]
    private let release: () -> Void

    package init(
        lane: Int, sequence: Int64, origin: String, partition: Int32, records: [RawRecord], isPadded: Bool,
        rejected: [DeadLetter] = [], release: @escaping () -> Void
    ) {
        self.lane = lane
        self.sequence = sequence
        self.origin = origin
        self.partition = partition
        self.records = records
        self.isPadded = isPadded
        self.rejected = rejected
        self.release = release
    }

    deinit {
        release()
    }
}
