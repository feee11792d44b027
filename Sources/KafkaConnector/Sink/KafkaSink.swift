import CRdKafka
import Columnar
import Dataflow
import Primitives

/// Writes rows to one topic through an idempotent producer, once their epoch is committed. Used on the sink's own
/// thread.
final class KafkaSink: Sink {
    private static let stallNanoseconds: Int64 = 1_000_000_000
    private static let stoppingPatienceNanoseconds: Int64 = 2_000_000_000
    /// Rows between two looks at what has arrived.
    private static let pollInterval = 1_024

    private let settings: KafkaSinkSettings
    private let context: SinkContext
    private let reports: KafkaReports
    private let ledger = DeliveryLedger()
    private var producer: KafkaProducer
    private var encoder: MessageEncoder
    private var outbox: Outbox
    /// How much of the outbox the producer has: whole entries, and rows of the next.
    private var sent = (entries: 0, rows: 0)
    private var demand = CommitDemand()
    private var received: Int64 = 0
    private var parked: Int64 = 0
    private var stall: StallWatch
    /// Something that only a person can mend, found in a delivery report.
    private var failure: Fault?

    init(settings: KafkaSinkSettings, context: SinkContext) throws(Fault) {
        self.settings = settings
        self.context = context
        reports = KafkaReports(
            clock: context.clock, secrets: settings.endpoint.properties.secrets, send: context.report)
        if let warning = KafkaClient.libraryWarning { reports.report(warning) }
        encoder = MessageEncoder(
            schema: context.schema, key: settings.key, pipeline: context.pipeline, sink: context.name)
        outbox = Outbox(origin: context.clock.now().microseconds)
        stall = StallWatch(now: reports.now)
        producer = try KafkaProducer(
            endpoint: settings.endpoint, clientName: "martlet-\(context.pipeline)", topic: settings.topic,
            ledger: ledger, reports: reports, patienceSeconds: settings.endpoint.patienceSeconds)
    }

    var counts: SinkCounts {
        var counts = SinkCounts()
        counts.received = received
        counts.committed = ledger.delivered
        counts.parked = parked
        return counts
    }

    func write(_ batch: RecordBatch) {
        received += Int64(batch.selectedCount)
        let before = outbox.byteCount
        outbox.append(batch)
        demand.add(bytes: outbox.byteCount - before, now: reports.now)
    }

    func prepare(epoch: Int64) -> SinkSnapshot {
        outbox.seal(epoch: epoch)
        return context.hasCheckpoints ? outbox.snapshot : SinkSnapshot()
    }

    func commit(epoch: Int64) throws(Fault) {
        stall = StallWatch(now: reports.now, isReported: stall.isReported)
        for entry in outbox.entries.dropFirst(sent.entries) {
            guard try send(entry) else { return }
            sent = (sent.entries + 1, 0)
        }
        while producer.waiting > 0 {
            producer.flush(milliseconds: 100)
            try settle()
            if !hasPatience() { return }
        }
        try settle()
        outbox.removeAll()
        sent = (0, 0)
        demand.reset()
    }

    /// What the checkpoint's epoch holds is written again: the run before may have died before it had arrived.
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard let snapshot else { return }
        try snapshot.check(context.schema)
        outbox = try Outbox(snapshot)
        received += Int64(outbox.rowCount)
        try commit(epoch: epoch)
    }

    var wantsCommit: Bool { demand.isDue(now: reports.now) }

    var isFull: Bool { outbox.byteCount >= CommitDemand.bytesMax }

    func tick() {
        producer.client.poll()
    }

    func close() {
        // Whatever has not arrived is held: received, and neither committed nor parked.
        producer.discard()
    }

    /// Hands rows over, going on where an earlier attempt gave up.
    /// - Returns: `false`: the run is being stopped while nobody answers; the rest is held.
    private func send(_ entry: Outbox.Entry) throws(Fault) -> Bool {
        let key = encoder.begin(entry.rows)
        for row in sent.rows..<entry.rows.rowCount {
            let name = MessageName(origin: outbox.origin, epoch: entry.epoch, sequence: entry.first + Int64(row))
            guard try send(row, of: entry.rows, key: key, name) else { return false }
            sent.rows = row + 1
            if row % Self.pollInterval == Self.pollInterval - 1 { producer.client.poll() }
        }
        producer.client.poll()
        try settle()
        return true
    }

    /// Hands one row over, waiting for room if the producer has none.
    private func send(_ row: Int, of batch: RecordBatch, key: [Column], _ name: MessageName) throws(Fault) -> Bool {
        while true {
            let error = encoder.send(row: row, of: batch, key: key, name: name, to: producer)
            switch error {
            case RD_KAFKA_RESP_ERR_NO_ERROR: return true
            case RD_KAFKA_RESP_ERR__QUEUE_FULL:
                producer.client.poll(milliseconds: 50)
                try settle()
                if !hasPatience() { return false }
            case RD_KAFKA_RESP_ERR__FATAL:
                try settle()
                try renewProducer()
            default:
                park([
                    DeliveryLedger.Failure(
                        error: error, text: KafkaFault.text(error), partition: -1,
                        value: encoder.value(row: row, of: batch))
                ])
                if let failure { throw failure }
                return true
            }
        }
    }

    /// Takes in what delivery reports have said.
    private func settle() throws(Fault) {
        stall.note(settled: ledger.delivered + ledger.failed, now: reports.now)
        let failures = ledger.takeFailures()
        if !failures.isEmpty { park(failures) }
        if producer.client.events.fatal != nil { try renewProducer() }
        if let failure {
            self.failure = nil
            throw failure
        }
    }

    /// Reports a broker lost and found.
    /// - Returns: whether to go on waiting.
    private func hasPatience() -> Bool {
        let silence = stall.silence(now: reports.now)
        if silence < Self.stallNanoseconds {
            if stall.isReported {
                stall.isReported = false
                reports.forget("kafka.broker_lost")
                reports.report(
                    Fault(
                        "kafka.broker_found", "the kafka brokers at \(settings.endpoint.brokers) answer again",
                        domain: .external))
            }
            return true
        }
        if !stall.isReported {
            stall.isReported = true
            reports.forget("kafka.broker_found")
            reports.report(
                Fault(
                    "kafka.broker_lost", "no kafka broker of \(settings.endpoint.brokers) takes messages",
                    detail: producer.client.events.last?.text,
                    hint: "writing goes on by itself when it is back; nothing is lost meanwhile", domain: .external,
                    retry: .backoff))
        }
        return !(context.isStopping() && silence >= Self.stoppingPatienceNanoseconds)
    }

    /// A producer that has met a fatal error takes no more; what it still had is parked, for nobody knows what of it
    /// arrived.
    private func renewProducer() throws(Fault) {
        if let fatal = producer.client.events.fatal {
            reports.report(
                Fault(
                    "kafka.producer_fatal", "the kafka producer could not go on and was made anew",
                    detail: fatal.text,
                    hint: "messages without an answer are parked; they may have arrived", domain: .external))
        }
        producer.discard()
        park(ledger.takeFailures())
        producer = try KafkaProducer(
            endpoint: settings.endpoint, clientName: "martlet-\(context.pipeline)", topic: settings.topic,
            ledger: ledger, reports: reports, patienceSeconds: nil)
    }

    /// Parks what is refused for good. What ends the run is another matter: with checkpoints those rows are in the
    /// outbox from which the next run goes on, and would come twice if they were parked too.
    private func park(_ failures: [DeliveryLedger.Failure]) {
        var refused = failures
        for (index, failure) in failures.enumerated().reversed() {
            let fault = KafkaFault.of(failure.error, failure.text)
            guard KafkaFault.isLasting(failure.error) || fault.code == "kafka.topic_missing" else { continue }
            self.failure = self.failure ?? reports.redacted(fault)
            if context.hasCheckpoints { refused.remove(at: index) }
        }
        guard !refused.isEmpty else { return }
        parked += Int64(refused.count)
        context.park(
            refused.map { failure in
                DeadLetter(
                    code: Self.code(failure.error), reason: failure.text, origin: settings.topic,
                    partition: failure.partition, offset: -1, bytes: failure.value)
            })
        for failure in refused {
            reports.report(
                Fault(
                    Self.code(failure.error), "the kafka topic \(settings.topic) refuses a message for good",
                    detail: failure.text, hint: "it is parked and can be sent again", domain: .external),
                key: "parked \(failure.error.rawValue)")
        }
    }

    private static func code(_ error: rd_kafka_resp_err_t) -> String {
        switch error {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: "kafka.message_too_large"
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            "kafka.producer_fatal"
        default: "kafka.message_refused"
        }
    }
}

/// Since when nothing has arrived. A pure value.
struct StallWatch {
    private var settled: Int64 = 0
    private var since: Int64
    var isReported: Bool

    init(now: Int64, isReported: Bool = false) {
        since = now
        self.isReported = isReported
    }

    /// - Parameter settled: messages that arrived or failed so far.
    mutating func note(settled: Int64, now: Int64) {
        if settled != self.settled { since = now }
        self.settled = settled
    }

    func silence(now: Int64) -> Int64 { now - since }
}
