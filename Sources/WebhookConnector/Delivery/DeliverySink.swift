import Columnar
import Dataflow
import Primitives

/// Delivers rows to a receiver: those of one incident one after another, so that a receiver sees them in order.
///
/// Rows are delivered once their epoch is committed. Those that wait are held; when there is no room for more, writing
/// waits, and with it, in the end, the source.
final class DeliverySink: Sink {
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
    /// Rows of one digest.
    private static let digestRowsMax = 1_000

    let settings: DeliverySettings
    let context: SinkContext
    let journal: DeliveryJournal?
    private let transport: any DeliveryTransport
    private let writer: PayloadWriter
    private let pause: (_ milliseconds: Int) -> Void
    private var schedule: RetrySchedule

    var outbox: Outbox
    var queue = DeliveryQueue()
    var threads = MessageThreads()
    private var demand = CommitDemand()
    private var breaker = CircuitBreaker()
    /// Attempts since the last delivery.
    private var failures = 0
    /// On the monotonic clock, in nanoseconds: when the next attempt may be made.
    var nextAttempt: Int64 = 0
    private var lastSuccess: Int64 = 0
    /// Whether rows are done with that the last snapshot holds.
    private var hasSettled = false
    /// The receiver wants nothing more.
    var isGone = false
    private var isFailing = false
    var counts = SinkCounts()

    /// - Parameters:
    ///   - journal: keeps what has been delivered since the last checkpoint; `nil`: nobody asks.
    ///   - pause: waits for some milliseconds; a test's clock goes on instead.
    init(
        _ settings: DeliverySettings, _ context: SinkContext, _ transport: any DeliveryTransport,
        journal: DeliveryJournal? = nil, pause: @escaping (_ milliseconds: Int) -> Void = DeliverySink.waitOut
    ) {
        self.settings = settings
        self.context = context
        self.transport = transport
        self.journal = journal
        self.pause = pause
        writer = PayloadWriter(settings, pipeline: context.pipeline, sink: context.name, schema: context.schema)
        schedule = RetrySchedule(seed: context.seed ^ UInt64(bitPattern: context.clock.monotonicNanoseconds()))
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
        forgetSettled()
        hasSettled = false
        outbox.seal(epoch: epoch)
        guard context.hasCheckpoints else { return SinkSnapshot() }
        // From here on what is delivered is in no snapshot but this one.
        journal?.begin(epoch)
        return snapshot
    }

    /// Delivers what is due. What is not stays held: it is retried from here, and a receiver that is away must not keep
    /// the thread from noticing that the run ends.
    func commit(epoch: Int64) {
        journal?.forget(before: epoch)
        enqueue()
        demand.reset()
        pump()
    }

    var wantsCommit: Bool { demand.isDue(now: context.clock.monotonicNanoseconds()) }

    func tick() {
        pump()
        journal?.syncIfDue(context.clock.monotonicNanoseconds())
    }

    func finish() -> SinkSnapshot? {
        deliverLast()
        forgetSettled()
        return context.hasCheckpoints && hasSettled ? snapshot : nil
    }

    func close() {
        // With checkpoints the last one holds what is left, and the next run goes on with it.
        if !context.hasCheckpoints { parkAll("webhook.undelivered", "the run ended before the receiver took it") }
    }

    private func deliverLast() {
        let start = context.clock.monotonicNanoseconds()
        lastSuccess = max(lastSuccess, start)
        while !queue.isEmpty {
            pump()
            let now = context.clock.monotonicNanoseconds()
            let isStopping = context.isStopping()
            if isStopping && now - start >= Self.stoppingPatience { break }
            if now - lastSuccess >= Self.finalPatience { break }
            if !queue.isEmpty { pause(Self.nap) }
        }
    }

    /// Nobody signals: the time itself is what is waited for.
    private static func waitOut(milliseconds: Int) {
        let lock = WaitingLock()
        lock.withLock { lock.wait(milliseconds: milliseconds) }
    }

    /// Takes the rows of the outbox whose epoch is committed into the queue.
    func enqueue() {
        let now = context.clock.now()
        var place = 0
        let known = queue.count
        for (index, entry) in outbox.entries.enumerated() {
            let first = index == 0 ? outbox.firstRow : 0
            let incidents = writer.incidents(of: entry.rows)
            for row in first..<entry.rows.rowCount {
                defer { place += 1 }
                guard place >= known else { continue }
                let name = RowName(origin: outbox.origin, epoch: entry.epoch, number: entry.first + Int64(row))
                queue.append(
                    DeliveryQueue.Waiting(
                        batch: entry.rows, row: row, name: name, incident: incidents(row), committedAt: now))
            }
        }
    }

    /// Whether there is no room for more. Rows whose epoch is open can make none: they want a commit.
    private var isOutOfRoom: Bool {
        outbox.rowCount >= Self.outboxRowsMax || outbox.byteCount >= Self.outboxBytesMax
    }

    /// Makes room by delivering. When the run is being stopped, rows are parked, or left to the last checkpoint.
    private func waitForRoom() {
        while !queue.isEmpty, isOutOfRoom {
            pump()
            forgetSettled()
            guard context.isStopping() else {
                if !queue.isEmpty, isOutOfRoom { pause(Self.nap) }
                continue
            }
            if context.hasCheckpoints { return }
            parkAll("webhook.undelivered", "the run ended before the receiver took it")
        }
    }

    /// Lets go of rows that have overtaken others.
    private func forgetSettled() {
        if let settled = queue.removeSettled() { outbox.removeFirst(settled) }
    }

    /// Delivers for as long as attempts are due and succeed, for a slice of time.
    private func pump() {
        let start = context.clock.monotonicNanoseconds()
        while !queue.isEmpty {
            if isGone { return parkAll("webhook.gone", "the receiver has closed this address (410)") }
            let now = context.clock.monotonicNanoseconds()
            guard now >= nextAttempt, breaker.allows(now), now - start <= Self.slice else { return }
            let most = settings.digest > 0 ? Self.digestRowsMax : 1
            let due = queue.due(now, most: most)
            guard let first = due.first else { return }
            attempt(settings.digest > 0 && due.count >= settings.digest ? due : [first])
        }
    }

    private func attempt(_ places: [Int]) {
        let began = context.clock.monotonicNanoseconds()
        for place in places {
            queue[place].attempts += 1
            if queue[place].attempts == 1 { queue[place].firstAttempt = began }
        }
        let rows = places.map { queue[$0] }
        let payload = rows.count == 1 ? writer.payload(rows[0], threads) : writer.digest(rows)
        let verdict = DeliveryVerdict.of(transport.send(request(payload)))
        let now = context.clock.monotonicNanoseconds()
        // Reckoned from the answer: what is sent so long after it arrives so long after the one before.
        nextAttempt = now + settings.interval
        switch verdict {
        case .delivered(let thread):
            counts.committed += Int64(rows.count)
            if rows.count == 1 { note(thread: thread, of: rows[0]) }
            lastSuccess = now
            breaker.succeeded()
            recovered()
            settle(places)
        case .gone:
            isGone = true
            journal?.note([goneLine])
            failing("the receiver has closed this address (410)", "give the sink another URL; rows are parked")
        case .refused(let reason):
            report(
                Fault(
                    "webhook.refused", "the receiver at \(settings.place) refuses a message", detail: reason,
                    hint: "the row is parked", domain: .external))
            for row in rows { park(row, "webhook.refused", reason) }
            settle(places)
        case .again(let reason, let retryAfter, let isReceivers):
            failed(places, reason, retryAfter, isReceivers, now)
        }
    }

    /// Sees to it that what has failed is tried again, or is given up.
    private func failed(
        _ places: [Int], _ reason: String, _ retryAfter: Int64?, _ isReceivers: Bool, _ now: Int64
    ) {
        failures += 1
        failing(reason, "it is tried again; nothing is lost meanwhile")
        let delay = schedule.delay(
            afterAttempts: isReceivers ? failures : queue[places[0]].attempts, retryAfterSeconds: retryAfter)
        if isReceivers { nextAttempt = max(nextAttempt, now + delay) }
        breaker.failed(now: now) { schedule.delay(afterAttempts: $0) }
        var givenUp: [Int] = []
        for place in places {
            queue[place].notBefore = now + delay
            guard now - queue[place].firstAttempt >= settings.giveUpAfter else { continue }
            park(queue[place], "webhook.given_up", "\(queue[place].attempts) attempts; the last: \(reason)")
            givenUp.append(place)
        }
        settle(givenUp)
    }

    private func request(_ payload: Payload) -> DeliveryRequest {
        let timestamp = context.clock.now().microseconds / 1_000_000
        var headers = [("Content-Type", "application/json"), ("webhook-id", payload.id)]
        headers.append(("webhook-timestamp", "\(timestamp)"))
        if !settings.secrets.isEmpty {
            let signatures = settings.secrets.map { $0.sign(id: payload.id, timestamp: timestamp, body: payload.body) }
            headers.append(("webhook-signature", signatures.joined(separator: " ")))
        }
        return DeliveryRequest(headers: headers + settings.headers, body: payload.body)
    }

    /// Rows are done with.
    private func settle(_ places: [Int]) {
        guard !places.isEmpty else { return }
        hasSettled = true
        journal?.note(places.map { queue[$0].name.text })
        let dropped = queue.settle(places)
        for _ in 0..<dropped { outbox.dropFirst() }
    }

    /// Remembers under which name later messages of an incident may be hung.
    private func note(thread: String?, of row: DeliveryQueue.Waiting) {
        guard let line = threads.note(thread, of: row.incident, isLast: writer.isLast(row)) else { return }
        journal?.note([line])
    }

    /// Parks what may be delivered.
    private func parkAll(_ code: String, _ reason: String) {
        let places = queue.places
        for place in places { park(queue[place], code, reason) }
        settle(places)
    }

    private func park(_ row: DeliveryQueue.Waiting, _ code: String, _ reason: String) {
        counts.parked += 1
        context.park([
            DeadLetter(
                code: code, reason: reason, origin: settings.place, partition: 0, offset: -1, bytes: writer.json(row),
                eventTime: row.batch.eventTimes?.values[row.row])
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
        failures = 0
        guard isFailing else { return }
        isFailing = false
        report(Fault("webhook.back", "the receiver at \(settings.place) takes messages again", domain: .external))
    }

    private func report(_ fault: Fault) { context.report(fault) }
}
