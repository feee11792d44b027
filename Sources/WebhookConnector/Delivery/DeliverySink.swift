import Columnar
import Dataflow
import Primitives

/// Delivers rows one after another: a row waits for the one before it, so a receiver sees them in order.
///
/// Rows are delivered once their epoch is committed. Those that wait are held; when there is no room for more, writing
/// waits, and with it, in the end, the source.
final class WebhookSink: Sink {
    /// Rows and bytes that may wait.
    static let outboxRowsMax = 10_000
    static let outboxBytesMax = 16 << 20
    /// How long the end of a run waits for a receiver that takes nothing: to its end, and when it is stopped.
    static let finalPatience: Int64 = 30_000_000_000
    static let stoppingPatience: Int64 = 5_000_000_000
    /// How long rows are delivered without a look at what else there is to do: a checkpoint of all sinks may wait.
    private static let slice: Int64 = 100_000_000
    /// A look at the clock while nothing can be done, in milliseconds.
    private static let nap = 5

    /// The first row of the outbox, on its way.
    private struct Delivery {
        var payload: Payload
        var attempts = 0
        var firstAttempt: Int64 = 0
    }

    private let settings: WebhookSettings
    private let context: SinkContext
    private let transport: any HTTPTransport
    private let writer: PayloadWriter
    private let pause: (_ milliseconds: Int) -> Void
    private var schedule: RetrySchedule

    private var outbox: Outbox
    /// Rows at the beginning of the outbox that are committed, and so may be delivered.
    private var deliverable = 0
    private var current: Delivery?
    private var demand = CommitDemand()
    /// On the monotonic clock, in nanoseconds: when the next attempt may be made.
    private var nextAttempt: Int64 = 0
    private var lastSuccess: Int64 = 0
    private var isGone = false
    private var isFailing = false
    private(set) var counts = SinkCounts()

    /// - Parameter pause: waits for some milliseconds; a test's clock goes on instead.
    init(
        _ settings: WebhookSettings, _ context: SinkContext, _ transport: any HTTPTransport,
        pause: @escaping (_ milliseconds: Int) -> Void = WebhookSink.waitOut
    ) {
        self.settings = settings
        self.context = context
        self.transport = transport
        self.pause = pause
        writer = PayloadWriter(settings, pipeline: context.pipeline, sink: context.name, schema: context.schema)
        schedule = RetrySchedule(seed: context.seed)
        outbox = Outbox(origin: context.clock.now().microseconds)
        lastSuccess = context.clock.monotonicNanoseconds()
    }

    func write(_ batch: RecordBatch) {
        counts.received += Int64(batch.selectedCount)
        waitForRoom()
        let before = outbox.byteCount
        outbox.append(batch)
        demand.add(bytes: outbox.byteCount - before, now: context.clock.monotonicNanoseconds())
        pump()
    }

    func prepare(epoch: Int64) -> SinkSnapshot {
        outbox.seal(epoch: epoch)
        return context.hasCheckpoints ? outbox.snapshot : SinkSnapshot()
    }

    /// Delivers what is due. What is not stays held: it is retried from here, and a receiver that is away must not keep
    /// the thread from noticing that the run ends.
    func commit(epoch: Int64) {
        deliverable = outbox.rowCount
        demand.reset()
        pump()
    }

    /// Goes on delivering what the run before had not delivered when its checkpoint was taken.
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard let snapshot else { return }
        try snapshot.check(context.schema)
        outbox = try Outbox(snapshot)
        counts.received += Int64(outbox.rowCount)
        deliverable = outbox.rowCount
    }

    var wantsCommit: Bool { demand.isDue(now: context.clock.monotonicNanoseconds()) }

    func tick() { pump() }

    func finish() -> SinkSnapshot? {
        let waiting = deliverable
        deliverLast()
        return context.hasCheckpoints && deliverable < waiting ? outbox.snapshot : nil
    }

    func close() {
        // With checkpoints the last one holds what is left, and the next run goes on with it.
        if !context.hasCheckpoints { parkAll("webhook.undelivered", "the run ended before the receiver took it") }
    }

    private func deliverLast() {
        let start = context.clock.monotonicNanoseconds()
        lastSuccess = max(lastSuccess, start)
        while deliverable > 0 {
            pump()
            let now = context.clock.monotonicNanoseconds()
            let isStopping = context.isStopping()
            if isStopping && now - start >= Self.stoppingPatience { break }
            if now - lastSuccess >= Self.finalPatience { break }
            if deliverable > 0 { pause(Self.nap) }
        }
    }

    /// Nobody signals: the time itself is what is waited for.
    private static func waitOut(milliseconds: Int) {
        let lock = WaitingLock()
        lock.withLock { lock.wait(milliseconds: milliseconds) }
    }

    /// Whether there is no room for more. Rows whose epoch is open can make none: they want a commit.
    private var isFull: Bool {
        outbox.rowCount >= Self.outboxRowsMax || outbox.byteCount >= Self.outboxBytesMax
    }

    /// Makes room by delivering. When the run is being stopped, rows are parked, or left to the last checkpoint.
    private func waitForRoom() {
        while deliverable > 0, isFull {
            pump()
            guard context.isStopping() else {
                if deliverable > 0, isFull { pause(Self.nap) }
                continue
            }
            if context.hasCheckpoints { return }
            parkAll("webhook.undelivered", "the run ended before the receiver took it")
        }
    }

    /// Delivers from the head for as long as attempts are due and succeed, for a slice of time.
    private func pump() {
        let start = context.clock.monotonicNanoseconds()
        while deliverable > 0 {
            if isGone { return parkAll("webhook.gone", "the receiver has closed this address (410)") }
            let now = context.clock.monotonicNanoseconds()
            guard now >= nextAttempt, now - start <= Self.slice else { return }
            attempt()
        }
    }

    /// What the first row of the outbox becomes.
    private var firstPayload: Payload {
        guard let entry = outbox.entries.first else { preconditionFailure("a deliverable row is in the outbox") }
        let row = outbox.firstRow
        let name = RowName(origin: outbox.origin, epoch: entry.epoch, number: entry.first + Int64(row))
        return writer.payload(row: row, of: entry.rows, name: name, now: context.clock.now())
    }

    private func attempt() {
        let began = context.clock.monotonicNanoseconds()
        var delivery = current ?? Delivery(payload: firstPayload, firstAttempt: began)
        delivery.attempts += 1
        current = delivery
        let verdict = DeliveryVerdict.of(transport.post(request(delivery.payload)))
        let now = context.clock.monotonicNanoseconds()
        nextAttempt = began + settings.interval
        switch verdict {
        case .delivered:
            counts.committed += 1
            lastSuccess = now
            recovered()
            drop()
        case .gone:
            isGone = true
            failing("the receiver has closed this address (410)", "give the sink another URL; rows are parked")
        case .refused(let reason):
            report(
                Fault(
                    "webhook.refused", "the receiver at \(settings.place) refuses a message", detail: reason,
                    hint: "the row is parked", domain: .external))
            park(delivery.payload, "webhook.refused", reason)
            drop()
        case .again(let reason, let retryAfter):
            if now - delivery.firstAttempt >= settings.giveUpAfter {
                park(delivery.payload, "webhook.given_up", "\(delivery.attempts) attempts; the last: \(reason)")
                drop()
            }
            failing(reason, "it is tried again; nothing is lost meanwhile")
            let delay = schedule.delay(afterAttempts: delivery.attempts, retryAfterSeconds: retryAfter)
            nextAttempt = now + max(delay, settings.interval)
        }
    }

    private func request(_ payload: Payload) -> WebhookRequest {
        let timestamp = context.clock.now().microseconds / 1_000_000
        var headers = [("Content-Type", "application/json"), ("webhook-id", payload.id)]
        headers.append(("webhook-timestamp", "\(timestamp)"))
        if !settings.secrets.isEmpty {
            let signatures = settings.secrets.map { $0.sign(id: payload.id, timestamp: timestamp, body: payload.body) }
            headers.append(("webhook-signature", signatures.joined(separator: " ")))
        }
        return WebhookRequest(headers: headers + settings.headers, body: payload.body)
    }

    /// The first row is done with.
    private func drop() {
        outbox.dropFirst()
        deliverable -= 1
        current = nil
    }

    /// Parks what may be delivered.
    private func parkAll(_ code: String, _ reason: String) {
        while deliverable > 0 {
            park(current?.payload ?? firstPayload, code, reason)
            drop()
        }
    }

    private func park(_ payload: Payload, _ code: String, _ reason: String) {
        counts.parked += 1
        context.park([
            DeadLetter(
                code: code, reason: reason, origin: settings.place, partition: 0, offset: -1, bytes: payload.row)
        ])
    }

    /// Tells once that the receiver fails.
    private func failing(_ reason: String, _ hint: String) {
        guard !isFailing else { return }
        isFailing = true
        report(
            Fault(
                "webhook.failing", "the receiver at \(settings.place) does not take messages", detail: reason,
                hint: hint, domain: .external, retry: .backoff))
    }

    private func recovered() {
        guard isFailing else { return }
        isFailing = false
        report(Fault("webhook.back", "the receiver at \(settings.place) takes messages again", domain: .external))
    }

    private func report(_ fault: Fault) { context.report(fault) }
}
