import Columnar
import Dataflow
import Primitives

/// Delivers rows one after another: a row waits for the one before it, so a receiver sees them in order.
///
/// Rows that wait are held; when there is no room for more, writing waits, and with it, in the end, the source.
final class WebhookSink: Sink {
    /// Rows and bytes that may wait.
    static let outboxRowsMax = 10_000
    static let outboxBytesMax = 16 << 20
    /// How long the end of a run waits for a receiver that takes nothing: to its end, and when it is stopped.
    static let finalPatience: Int64 = 30_000_000_000
    static let stoppingPatience: Int64 = 5_000_000_000
    /// A look at the clock while nothing can be done, in milliseconds.
    private static let nap = 5

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

    private var outbox: [Delivery] = []
    /// The position in `outbox` of the first that waits; those before are done.
    private var head = 0
    private var outboxBytes = 0
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
        lastSuccess = context.clock.monotonicNanoseconds()
    }

    func write(_ batch: RecordBatch) {
        counts.received += Int64(batch.selectedCount)
        batch.forEachRow { row in
            let payload = writer.payload(row: row, of: batch, now: context.clock.now())
            waitForRoom()
            outboxBytes += payload.body.count + payload.row.count
            outbox.append(Delivery(payload: payload))
        }
        pump()
    }

    /// Delivers what is due. What is not stays held: it is retried from here, and a receiver that is away must not keep
    /// the thread from noticing that the run ends.
    func commit(epoch: Int64) { pump() }

    func tick() { pump() }

    func close() {
        let start = context.clock.monotonicNanoseconds()
        lastSuccess = max(lastSuccess, start)
        while !isEmpty {
            pump()
            let now = context.clock.monotonicNanoseconds()
            let isStopping = context.isStopping()
            if isStopping && now - start >= Self.stoppingPatience { break }
            if now - lastSuccess >= Self.finalPatience { break }
            if !isEmpty { pause(Self.nap) }
        }
        parkAll("webhook.undelivered", "the run ended before the receiver took it")
    }

    /// Nobody signals: the time itself is what is waited for.
    private static func waitOut(milliseconds: Int) {
        let lock = WaitingLock()
        lock.withLock { lock.wait(milliseconds: milliseconds) }
    }

    private var isEmpty: Bool { head == outbox.count }

    /// Makes room by delivering, or, when the run is being stopped, by parking.
    private func waitForRoom() {
        while outbox.count - head >= Self.outboxRowsMax || outboxBytes >= Self.outboxBytesMax {
            pump()
            if context.isStopping() {
                parkAll("webhook.undelivered", "the run ended before the receiver took it")
            } else if !isEmpty {
                pause(Self.nap)
            }
        }
    }

    /// Delivers from the head for as long as attempts are due and succeed.
    private func pump() {
        while !isEmpty {
            if isGone { return parkAll("webhook.gone", "the receiver has closed this address (410)") }
            guard context.clock.monotonicNanoseconds() >= nextAttempt else { return }
            attempt()
        }
    }

    private func attempt() {
        let began = context.clock.monotonicNanoseconds()
        if outbox[head].attempts == 0 { outbox[head].firstAttempt = began }
        outbox[head].attempts += 1
        let delivery = outbox[head]
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
            park([delivery], "webhook.refused", reason)
            drop()
        case .again(let reason, let retryAfter):
            if now - delivery.firstAttempt >= settings.giveUpAfter {
                park([delivery], "webhook.given_up", "\(delivery.attempts) attempts; the last: \(reason)")
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

    /// The head is done with.
    private func drop() {
        let payload = outbox[head].payload
        outboxBytes -= payload.body.count + payload.row.count
        head += 1
        if head == outbox.count || head >= 1_024 {
            outbox.removeFirst(head)
            head = 0
        }
    }

    private func parkAll(_ code: String, _ reason: String) {
        park(Array(outbox[head...]), code, reason)
        outbox = []
        head = 0
        outboxBytes = 0
    }

    private func park(_ deliveries: [Delivery], _ code: String, _ reason: String) {
        guard !deliveries.isEmpty else { return }
        counts.parked += Int64(deliveries.count)
        context.park(
            deliveries.map { delivery in
                DeadLetter(
                    code: code, reason: reason, origin: settings.place, partition: 0, offset: -1,
                    bytes: delivery.payload.row)
            })
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
