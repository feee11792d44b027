import CRdKafka
import Dataflow
import Primitives

/// One subtask's partitions, read through a consumer handle of its own.
final class KafkaSourceReader: SourceReader {
    private static let batchCapacity = 4_096

    private let source: KafkaSource
    private let wake: @Sendable () -> Void
    private var reports: KafkaReports { source.reports }
    private var consumer: KafkaConsumer?
    private var cursors: [PartitionCursor]
    private var batch = MessageBatch(capacity: batchCapacity)
    /// Batches of one call that wait to be handed out, the next one last.
    private var ready: [RawRecords] = []
    /// What went wrong while records were still to be handed out.
    private var failure: Fault?
    private var connection: ConnectionWatch
    private var growth: PartitionGrowth?
    private var nextReset: Int64 = 0

    init(
        source: KafkaSource, cursors: [PartitionCursor], watchesPartitions: Bool, wake: @escaping @Sendable () -> Void
    ) throws(Fault) {
        self.source = source
        self.cursors = cursors
        self.wake = wake
        connection = ConnectionWatch(now: source.reports.now)
        if watchesPartitions, !source.untilEnd { growth = PartitionGrowth(source: source) }
        if !cursors.allSatisfy(\.isDone) { try connect() }
    }

    var lanes: [Int] { cursors.map(\.lane) }

    func next() throws(Fault) -> SourceEvent {
        if let records = ready.popLast() { return .records(records) }
        if let failure { throw failure }
        guard let consumer else { return source.untilEnd ? .end : .caughtUp }

        consumer.client.poll()
        if let fatal = consumer.client.events.fatal {
            throw reports.redacted(KafkaFault.of(fatal.error, fatal.text))
        }
        followConnection(consumer)
        batch.fill(from: consumer.queue)
        if batch.count > 0 {
            distribute(consumer)
            if let records = ready.popLast() { return .records(records) }
            if let failure { throw failure }
        }
        if cursors.contains(where: \.needsReset) { try resetOffsets(consumer) }
        if source.untilEnd, cursors.allSatisfy(\.isDone) { return .end }
        growth?.check(with: consumer.client)
        return isCaughtUp(consumer) ? .caughtUp : .pending
    }

    /// Whether every partition has been read to its end, by an answer no older than the last lost connection.
    ///
    /// The library tells an end only when a fetch comes back empty, which never happens where a record a moment comes
    /// in; there the end of the log in the last answer says the same. Otherwise one busy partition would keep its quiet
    /// neighbours from ever counting as idle.
    private func isCaughtUp(_ consumer: KafkaConsumer) -> Bool {
        cursors.allSatisfy { cursor in
            cursor.isDone
                || (cursor.isConfirmed && !cursor.needsReset
                    && (cursor.isAtEnd || cursor.position >= consumer.knownEnd(cursor)))
        }
    }

    func positions() -> [(lane: Int, position: String)] {
        cursors.map { cursor in
            // A lane has one batch among those that wait, and it begins where the lane was handed out to.
            let waiting = ready.first { $0.lane == cursor.lane }?.records.first
            let position =
                waiting.map { PartitionPosition(offset: $0.offset) }
                ?? PartitionPosition(offset: cursor.position, notBefore: cursor.notBefore)
            return (cursor.lane, position.text)
        }
    }

    func close() {
        for records in ready {
            guard let index = cursors.firstIndex(where: { $0.lane == records.lane }) else { continue }
            if let first = records.records.first { cursors[index].position = first.offset }
        }
        ready = []
        disconnect()
    }

    // MARK: - The connection

    private func connect() throws(Fault) {
        let consumer = try KafkaConsumer(
            endpoint: source.settings.endpoint, clientName: source.clientName, topics: source.settings.topics,
            reports: reports, readAhead: source.readAhead, wake: wake)
        self.consumer = consumer
        for index in cursors.indices {
            cursors[index].isConfirmed = false
            cursors[index].isAtEnd = false
            cursors[index].needsReset = false
            if !cursors[index].isDone { try consumer.start(cursors[index]) }
        }
    }

    private func disconnect() {
        guard let consumer else { return }
        consumer.silence()
        for cursor in cursors where !cursor.isStopped { consumer.stop(cursor) }
        self.consumer = nil
    }

    /// After a lost connection every partition must be answered for again before it counts as read to its end.
    private func followConnection(_ consumer: KafkaConsumer) {
        let events = consumer.client.events
        if connection.hasLost(losses: events.losses) {
            for index in cursors.indices where !cursors[index].isDone {
                cursors[index].isConfirmed = false
                cursors[index].isAtEnd = false
                // The library tells the end of a partition once; reading again from here makes it tell it again.
                consumer.refetch(cursors[index])
            }
        }
        let isWhole = cursors.allSatisfy { $0.isDone || $0.isConfirmed }
        switch connection.step(isWhole: isWhole, now: reports.now) {
        case .none: break
        case .lost:
            reports.forget("kafka.broker_found")
            reports.report(
                Fault(
                    "kafka.broker_lost", "a kafka broker of \(source.settings.endpoint.brokers) does not answer",
                    detail: events.last?.text, hint: "reading goes on by itself when it is back", domain: .external,
                    retry: .backoff))
        case .found:
            reports.forget("kafka.broker_lost")
            reports.report(
                Fault(
                    "kafka.broker_found", "the kafka brokers at \(source.settings.endpoint.brokers) answer again",
                    domain: .external))
        case .stuck:
            // Some faults of the library end only with the handle; positions are ours, so nothing is lost.
            disconnect()
            do throws(Fault) { try connect() } catch { reports.report(error) }
            connection.restarted(losses: self.consumer?.client.events.losses ?? 0, now: reports.now)
        }
    }

    // MARK: - Records

    /// Sorts what came by partition, in one pass, and makes a batch of each partition's records.
    private func distribute(_ consumer: KafkaConsumer) {
        let sorted = sort(consumer)
        // Handed out from the last to the first.
        for owner in sorted.owners.reversed() {
            ready.append(
                batch.records(
                    of: owner, first: sorted.first[Int(owner)], total: sorted.totals[Int(owner)],
                    cursor: cursors[Int(owner)], consumer: consumer))
            cursors[Int(owner)].sequence += 1
        }
        for (owner, offset) in sorted.repeated {
            reports.report(
                Fault(
                    "kafka.offset_backwards", "the kafka broker sent records again that were read before",
                    detail: "\(cursors[owner].topicName) [\(cursors[owner].partition)] at \(offset), dropped",
                    domain: .external))
        }
        for problem in sorted.problems { take(problem) }
        for index in cursors.indices where cursors[index].hasOverrun && !cursors[index].isStopped {
            consumer.stop(cursors[index])
            cursors[index].isStopped = true
        }
    }

    private struct Problem {
        var owner: Int
        var error: rd_kafka_resp_err_t
        var text: String
    }

    private struct Sorted {
        /// Cursors that have records, in the order of their first one.
        var owners: [Int32] = []
        var first: [Int]
        var totals: [Int]
        var repeated: [(owner: Int, offset: Int64)] = []
        var problems: [Problem] = []
    }

    private func sort(_ consumer: KafkaConsumer) -> Sorted {
        var sorted = Sorted(
            first: Array(repeating: 0, count: cursors.count), totals: Array(repeating: 0, count: cursors.count))
        var topic: OpaquePointer?
        var partition: Int32 = -1
        var owner = -1
        for index in 0..<batch.count {
            guard let message = batch.messages[index] else { continue }
            if message.pointee.rkt != topic || message.pointee.partition != partition {
                topic = message.pointee.rkt
                partition = message.pointee.partition
                owner = cursorIndex(consumer.topicIndex(topic), partition)
            }
            let error = message.pointee.err
            if owner >= 0, error == RD_KAFKA_RESP_ERR_NO_ERROR {
                switch cursors[owner].accept(
                    offset: message.pointee.offset, writtenAt: { MessageBatch.milliseconds(message) })
                {
                case .take:
                    if sorted.totals[owner] == 0 {
                        sorted.owners.append(Int32(truncatingIfNeeded: owner))
                        sorted.first[owner] = index
                    }
                    sorted.totals[owner] += 1
                    batch.owners[index] = Int32(truncatingIfNeeded: owner)
                    continue
                case .repeated:
                    if sorted.repeated.last?.owner != owner {
                        sorted.repeated.append((owner, message.pointee.offset))
                    }
                case .beyondEnd, .tooEarly: break
                }
            } else if owner >= 0, error == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                cursors[owner].reachedEnd(offset: message.pointee.offset)
            } else if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? KafkaFault.text(error)
                sorted.problems.append(Problem(owner: owner, error: error, text: text))
            }
            batch.discard(index)
        }
        return sorted
    }

    private func cursorIndex(_ topic: Int?, _ partition: Int32) -> Int {
        guard let topic else { return -1 }
        return cursors.firstIndex { $0.topic == topic && $0.partition == partition } ?? -1
    }

    private func take(_ problem: Problem) {
        if problem.owner >= 0 {
            switch problem.error {
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, KafkaFault.logTruncation:
                cursors[problem.owner].needsReset = true
                cursors[problem.owner].isAtEnd = false
                return
            default:
                // Until the broker answers for it again, nobody knows where the partition ends.
                cursors[problem.owner].isConfirmed = false
            }
        }
        let fault = KafkaFault.of(problem.error, problem.text)
        if KafkaFault.isLasting(problem.error) {
            failure = failure ?? reports.redacted(fault)
        } else {
            reports.report(fault, key: "problem \(problem.error.rawValue) \(problem.owner)")
        }
    }

    /// Goes on where the broker's log begins if retention was faster than we; anything else needs a person.
    private func resetOffsets(_ consumer: KafkaConsumer) throws(Fault) {
        guard reports.now >= nextReset else { return }
        nextReset = reports.now + 1_000_000_000
        for index in cursors.indices where cursors[index].needsReset && !cursors[index].isDone {
            let cursor = cursors[index]
            guard
                case .bounds(let found) = LogBounds.ask(
                    consumer.client, [(cursor.topicName, cursor.partition)], timeoutMilliseconds: 1_000),
                let bounds = found.first
            else { continue }
            let place = "\(cursor.topicName) [\(cursor.partition)]"
            if cursor.position > bounds.high {
                throw KafkaFault.beyondEnd(place, end: bounds.high, position: cursor.position)
            }
            if bounds.low > cursor.position {
                reports.report(
                    KafkaFault.expired(place, count: bounds.low - cursor.position, position: cursor.position),
                    key: "expired \(place)")
                cursors[index].position = bounds.low
                if let end = cursor.end, bounds.low >= end { cursors[index].isDone = true }
            }
            consumer.stop(cursor)
            cursors[index].needsReset = false
            if !cursors[index].isDone { try consumer.start(cursors[index]) }
        }
    }
}
