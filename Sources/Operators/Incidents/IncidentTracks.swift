import Columnar
import Dataflow
import Detection
import Primitives

/// What is observed of a key at a time.
struct IncidentObservation: Sendable {
    /// The hash of the key that the incident is about.
    var key: UInt64
    /// The hash by which the exchange sends the key's rows to a subtask.
    var owner: UInt64
    /// The columns of `by`, encoded.
    var member: [UInt8]
    /// In microseconds of event time.
    var time: Int64
    /// How bad it is; 0: not at all.
    var level: Int
    /// With level 0, whether it is still too bad for an incident to be over.
    var isKept = false
    var title = ""
    var message = ""
    /// What was measured, where a history is kept.
    var value: Double?
}

/// The incidents of the keys of one subtask, and their state.
///
/// Only keys with something to remember have an entry: an incident, its cool-down, or a history.
final class IncidentTracks {
    static let historyMax = 30
    /// A key without observations for so long has no history.
    static let historyKept: Int64 = 3_600_000_000

    struct Entry: Sendable {
        var track = IncidentTrack()
        let owner: UInt64
        var member: [UInt8]
        var title = ""
        var message = ""
        var history: [Double] = []
        var seenAt = Int64.min
        /// While an incident is about to open, those who share it and whose last observation was bad: the hashes of
        /// their `by`.
        var holding: Set<UInt64> = []
    }

    let policy: IncidentPolicy
    private let names: IncidentNames
    private let board: IncidentBoard?
    /// By the hash of the key.
    var entries: [UInt64: Entry] = [:]
    /// Keys whose entries have changed since the last capture.
    var changed: Set<UInt64> = []
    /// Rows of the last whole capture and since.
    var written = 0
    /// Keys that some checkpoint knows, with their owners.
    var captured: [UInt64: UInt64] = [:]
    /// Keys that have come back since the restart.
    var restored: Set<UInt64> = []
    private var reader = IncidentBoard.Reader()

    init(_ policy: IncidentPolicy, _ names: IncidentNames, board: IncidentBoard?) {
        self.policy = policy
        self.names = names
        self.board = board
    }

    /// Whether a key has an incident that is not over, or may soon have one.
    func isActive(_ key: UInt64) -> Bool { entries[key]?.track.isActive ?? false }

    /// Takes what is observed of a key, in the order of time.
    func observe(_ observation: IncidentObservation) -> [ToldIncident] {
        let key = observation.key
        var entry = entries[key] ?? Entry(owner: observation.owner, member: observation.member)
        let (before, holding) = (entry.track, entry.holding)
        // Due before, so told with what was known before.
        var told = entry.track.advance(to: observation.time, policy).map { self.told($0, key, entry) }
        entry.seenAt = observation.time
        if let value = observation.value {
            entry.history.append(value)
            if entry.history.count > Self.historyMax { entry.history.removeFirst() }
        }
        // Of those of one moment the worst comes first, and speaks.
        if observation.level > 0, entry.track.lastHeld != observation.time {
            entry.member = observation.member
            entry.title = observation.title
            entry.message = observation.message
        }
        follow(observation, &entry)
        told += entry.track.observe(
            level: observation.level, isKept: observation.isKept, holdsElsewhere: !entry.holding.isEmpty,
            at: observation.time, policy
        ).map { self.told($0, key, entry) }
        if !entry.track.isPending { entry.holding = [] }
        let isNew = entries[key] == nil
        // Nothing to remember.
        guard !isNew || !entry.track.isIdle || !entry.history.isEmpty else { return told }
        if entry.track != before || entry.holding != holding || isNew || observation.value != nil {
            changed.insert(key)
        }
        entries[key] = entry
        settle(key)
        return told
    }

    /// Notes for whom the condition holds.
    private func follow(_ observation: IncidentObservation, _ entry: inout Entry) {
        guard policy.hold > 0 else { return }
        if entry.track.isIdle { entry.holding = [] }
        let member = observation.member.withUnsafeBytes { Hashing.hash64($0) }
        if observation.level > 0 {
            entry.holding.insert(member)
        } else if !observation.isKept {
            entry.holding.remove(member)
        }
    }

    /// Lets time pass: tells what has become due before it, in order, and forgets keys that have nothing to remember.
    func advance(to time: Int64) -> [ToldIncident] {
        var told: [ToldIncident] = []
        for key in entries.keys {
            guard var entry = entries[key] else { continue }
            let before = entry.track
            told += entry.track.advance(to: time, policy).map { self.told($0, key, entry) }
            let (age, overflow) = time.subtractingReportingOverflow(entry.seenAt)
            if !entry.history.isEmpty, !entry.track.isOpen, age > Self.historyKept || overflow { entry.history = [] }
            if entry.track != before { changed.insert(key) }
            entries[key] = entry
            settle(key)
        }
        return told.sorted(by: ToldIncident.isBefore)
    }

    /// Takes what people have acknowledged since the last call.
    func takeAcknowledgements() -> [ToldIncident] {
        guard let board, board.read(&reader) else { return [] }
        var told: [ToldIncident] = []
        for (key, entry) in entries {
            guard let incident = entry.track.incident, !incident.isAcknowledged else { continue }
            let name = names.incident(key, startedAt: incident.startedAt)
            let severity = names.severity(incident.level)
            guard let word = reader.acknowledgement(of: name, severity: severity), var changedEntry = entries[key],
                let transition = changedEntry.track.acknowledge(at: word.at)
            else { continue }
            entries[key] = changedEntry
            changed.insert(key)
            var news = self.told(transition, key, changedEntry)
            news.acknowledgedBy = word.by
            told.append(news)
        }
        return told.sorted(by: ToldIncident.isBefore)
    }

    /// Shows every open incident on the board, after a restart.
    func showAll() {
        for (key, entry) in entries { show(key, entry) }
    }

    private func told(_ transition: IncidentTransition, _ key: UInt64, _ entry: Entry) -> ToldIncident {
        show(transition, key, entry)
        return ToldIncident(
            transition: transition, key: key,
            name: names.incident(key, startedAt: transition.incident.startedAt), member: entry.member,
            title: entry.title, message: entry.message, history: entry.history)
    }

    /// Forgets a key that has nothing to remember.
    private func settle(_ key: UInt64) {
        guard let entry = entries[key], entry.track.isIdle, entry.history.isEmpty else { return }
        entries[key] = nil
        changed.insert(key)
    }

    private func show(_ transition: IncidentTransition, _ key: UInt64, _ entry: Entry) {
        guard let board else { return }
        let name = names.incident(key, startedAt: transition.incident.startedAt)
        if transition.status == .resolve { board.remove(name) } else { show(key, entry, transition.incident) }
    }

    private func show(_ key: UInt64, _ entry: Entry, _ told: Incident? = nil) {
        guard let board, let incident = told ?? entry.track.incident, incident.toldLevel > 0 else { return }
        board.show(
            IncidentBoard.Open(
                name: names.incident(key, startedAt: incident.startedAt), operatorName: names.operatorName,
                severity: names.severity(incident.level), title: entry.title, message: entry.message,
                startedAt: incident.startedAt, isAcknowledged: incident.isAcknowledged))
    }

    /// About.
    var memoryFootprint: Int {
        entries.values.reduce(entries.capacity * (MemoryLayout<Entry>.stride + 16)) { sum, entry in
            sum + entry.member.count + entry.title.utf8.count + entry.message.utf8.count + entry.history.count * 8
        }
    }
}
