import CRdKafka
import Dataflow

/// Messages that librdkafka handed over in one call, and the batches of one lane each that they become.
///
/// Owned by one reader and used again for every call. No object, string or lock a message.
struct MessageBatch: ~Copyable {
    typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

    let capacity: Int
    let messages: UnsafeMutablePointer<Message?>
    /// For each message the position of its cursor; negative: not a record to hand out.
    let owners: UnsafeMutablePointer<Int32>
    var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
        messages.initialize(repeating: nil, count: capacity)
        owners = .allocate(capacity: capacity)
        owners.initialize(repeating: -1, count: capacity)
    }

    deinit {
        messages.deallocate()
        owners.deallocate()
    }

    /// Takes what is ready, without waiting.
    mutating func fill(from queue: OpaquePointer) {
        count = max(0, rd_kafka_consume_batch_queue(queue, 0, messages, capacity))
    }

    /// Gives back a message that nobody will read.
    func discard(_ index: Int) {
        owners[index] = -1
        if let message = messages[index] { rd_kafka_message_destroy(message) }
        messages[index] = nil
    }

    /// The records of one cursor, in order, as a batch that gives the messages back when it is released.
    ///
    /// - Parameters:
    ///   - first: the position of the first of them.
    ///   - total: how many there are.
    func records(of owner: Int32, first: Int, total: Int, cursor: PartitionCursor, consumer: KafkaConsumer)
        -> RawRecords
    {
        let taken = UnsafeMutableBufferPointer<Message>.allocate(capacity: total)
        let records = [RawRecord](unsafeUninitializedCapacity: total) { records, filled in
            var index = first
            while filled < total, index < count {
                if owners[index] == owner, let message = messages[index] {
                    messages[index] = nil
                    taken.initializeElement(at: filled, to: message)
                    records.initializeElement(at: filled, to: Self.record(message))
                    filled += 1
                }
                index += 1
            }
        }
        let held = UnsafeMutableBufferPointer(rebasing: taken[..<records.count])
        return RawRecords(
            lane: cursor.lane, sequence: cursor.sequence, origin: cursor.topicName, partition: cursor.partition,
            records: records, isPadded: false,
            release: {
                // Messages live in memory of the handle, which therefore outlives them.
                withExtendedLifetime(consumer) {
                    for message in held { rd_kafka_message_destroy(message) }
                    taken.deallocate()
                }
            })
    }

    /// When a message was written, in milliseconds since the epoch, if it says.
    static func milliseconds(_ message: Message) -> Int64? {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &kind)
        return kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && milliseconds >= 0 ? milliseconds : nil
    }

    private static func record(_ message: Message) -> RawRecord {
        var timestamp: Int64?
        if let milliseconds = milliseconds(message) {
            let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
            if !overflow { timestamp = product }
        }
        let bytes = message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
        return RawRecord(bytes: bytes, offset: message.pointee.offset, timestamp: timestamp)
    }
}
