package import Columnar
package import Dataflow
import Formats
package import Primitives

/// A table in Postgres that rows are upserted into or appended to, one transaction an epoch.
package final class PostgresSink: Sink {
    let settings: PostgresSettings
    let context: SinkContext
    private var session: TableSession
    private var pending: PendingRows
    /// Rows of the commit under way that are parked already.
    private var keptVersions: Set<Int32> = []
    private var outage: Outage?
    private var random: RandomSource
    private let patience: Patience
    private var demand = CommitDemand()
    package private(set) var counts = SinkCounts()

    init(_ settings: PostgresSettings, _ context: SinkContext) {
        self.settings = settings
        self.context = context
        let patience = Patience(clock: context.clock, isStopping: context.isStopping)
        self.patience = patience
        session = TableSession(settings, context, patience)
        pending = PendingRows(settings.plan)
        random = RandomSource(seed: context.seed)
    }

    /// Connects, makes or checks the table; waits for a server that is not there yet.
    func open() throws(Fault) {
        let start = patience.now()
        let limit = Int64(settings.connectTimeoutSeconds) * 1_000_000_000
        var waiting = Outage(start: start)
        while true {
            do throws(SessionFailure) {
                try session.open()
                return
            } catch {
                guard case .server(let error) = error, error.kind == .connection || error.kind == .transient,
                    patience.now() - start < limit, !context.isStopping()
                else { throw session.fault(error) }
                patience.pause(nanoseconds: waiting.nextPause(&random), since: start)
            }
        }
    }

    package func write(_ batch: RecordBatch) throws(Fault) {
        guard batch.columns.count == settings.plan.columns.count else {
            throw Fault(
                "postgres.columns",
                "a batch has \(batch.columns.count) columns in place of \(settings.plan.columns.count)",
                domain: .internal)
        }
        counts.received += Int64(batch.selectedCount)
        guard batch.selectedCount > 0 else { return }
        // A batch is kept whole until the commit: one with few rows left is copied together first.
        let batch = batch.selectedCount * 2 < batch.rowCount ? batch.compacted() : batch
        var letters: [DeadLetter] = []
        pending.append(batch) { row, refusal in
            letters.append(Self.letter(batch, row, code: refusal.code, reason: refusal.reason))
        }
        park(letters)
        demand.add(bytes: 0, now: patience.now())
    }

    package func prepare(epoch: Int64) -> SinkSnapshot {
        pending.seal(epoch: epoch)
        guard context.hasCheckpoints else { return SinkSnapshot() }
        let rows = pending.remaining()
        return SinkSnapshot(token: EpochList(rows.map(\.epoch)).bytes, rows: rows.map(\.rows))
    }

    package func commit(epoch: Int64) throws(Fault) {
        var isBisecting = false
        while pending.count > 0 {
            let order = pending.ordered()
            let isCommitted = try attempt { (session) throws(SessionFailure) in
                do throws(SessionFailure) {
                    self.finish(
                        try session.commit(
                            self.pending, order: order, epoch: epoch, isBisecting: isBisecting, keep: self.keep))
                } catch {
                    guard case .server(let refusal) = error, refusal.kind == .row, !isBisecting else { throw error }
                    // The table may have changed under the rows: a fresh session looks at it before blaming them.
                    isBisecting = true
                    session.close()
                }
            }
            guard isCommitted else { return }
        }
        demand.reset()
    }

    package var wantsCommit: Bool { isFull || demand.isDue(now: patience.now()) }

    package var isFull: Bool { pending.count >= settings.batchRows || pending.byteCount >= settings.batchBytes }

    package func close() {
        session.close()
    }

    // MARK: -

    /// Waits before the next attempt; `false` if the rows are to be held, since the run is being stopped.
    private func wait(after error: PostgresError) throws(Fault) -> Bool {
        var outage = self.outage ?? Outage(start: patience.now())
        defer { self.outage = outage }
        if error.isConnectionLost { session.close() }
        // A deadlock or a conflict passes by itself; a person need not hear of the first.
        if !outage.isReported, error.kind == .connection || error.isConnectionLost || outage.attempts >= 3 {
            outage.isReported = true
            context.report(
                Fault(
                    "postgres.lost", "the database does not take rows; they wait",
                    detail: "\(error.text); \(session.place)", domain: .external, retry: .backoff))
        }
        if patience.isOver(since: outage.start) { return false }
        patience.pause(nanoseconds: outage.nextPause(&random), since: outage.start)
        return true
    }

    /// Does something with the session, again and again while the server is away.
    /// - Returns: `false`: it is not done, since the run is being stopped.
    private func attempt(_ body: (inout TableSession) throws(SessionFailure) -> Void) throws(Fault) -> Bool {
        while true {
            do throws(SessionFailure) {
                try body(&session)
                recovered()
                return true
            } catch {
                guard case .server(let error) = error else { throw session.fault(error) }
                switch error.kind {
                case .connection, .transient:
                    if try !wait(after: error) { return false }
                case .row, .permanent: throw session.explained(error)
                }
            }
        }
    }

    /// The epoch that the table holds.
    var tableEpoch: Int64 { session.epoch }
    var isAppending: Bool { settings.plan.key.isEmpty }

    /// Says that the table holds an epoch, without any rows.
    func mark(_ epoch: Int64) throws(Fault) {
        _ = try attempt { (session) throws(SessionFailure) in try session.mark(epoch: epoch) }
    }

    /// Parks rows that the server refuses. That precedes the commit of the others, after which a run that is killed
    /// would know of them no more; a commit that is tried again parks none of them twice.
    private func keep(_ refused: [CommitTransaction.Refused]) {
        let letters = refused.filter { keptVersions.insert($0.version).inserted }.map { refused in
            let version = pending.versions[Int(refused.version)]
            return Self.letter(
                pending.batches[Int(version.batch)], Int(version.row), code: "postgres.row_refused",
                reason: refused.error.text)
        }
        if !letters.isEmpty { context.park(letters) }
    }

    private func finish(_ arrival: TableSession.Arrival) {
        counts.committed += Int64(pending.remove(through: arrival.epoch) - arrival.refused.count)
        counts.parked += Int64(arrival.refused.count)
        keptVersions = []
    }

    private func recovered() {
        if let outage, outage.isReported {
            let seconds = (patience.now() - outage.start) / 1_000_000_000
            context.report(
                Fault(
                    "postgres.back", "the database takes rows again",
                    detail: "after \(seconds) s and \(outage.attempts) attempts; \(session.place)", domain: .external))
        }
        outage = nil
    }

    private func park(_ letters: [DeadLetter]) {
        guard !letters.isEmpty else { return }
        counts.parked += Int64(letters.count)
        context.park(letters)
    }

    private static func letter(_ batch: RecordBatch, _ row: Int, code: String, reason: String) -> DeadLetter {
        var bytes: [UInt8] = []
        JSONRowWriter(schema: batch.schema).append(row: row, of: batch, to: &bytes)
        return DeadLetter(
            code: code, reason: reason, origin: "", partition: 0, offset: 0, bytes: bytes,
            eventTime: batch.eventTimes?.values[row])
    }
}
