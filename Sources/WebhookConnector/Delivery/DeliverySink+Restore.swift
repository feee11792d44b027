import Columnar
import Dataflow
import Primitives

/// What outlives a run: the outbox, the names of threads, and that a receiver wants nothing more. The snapshot's token
/// is the outbox's own in the first line, and one line for each of the others.
extension DeliverySink {
    var goneLine: String { "gone \(settings.identity)" }

    var snapshot: SinkSnapshot {
        var snapshot = outbox.snapshot
        snapshot.isWaiting = !outbox.isEmpty
        snapshot.rows = snapshot.rows.map { $0.carryingTimes() }
        let lines = threads.lines + (isGone ? [goneLine] : [])
        for line in lines { snapshot.token += Array("\n\(line)".utf8) }
        return snapshot
    }

    /// Goes on delivering what the run before had not delivered: what its checkpoint holds, less what it has noted
    /// since.
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard var snapshot else {
            journal?.clear()
            return
        }
        snapshot.rows = snapshot.rows.map { $0.timedByCarried() }
        try snapshot.check(context.schema)
        var lines = String(decoding: snapshot.token, as: UTF8.self).split(separator: "\n").map(String.init)
        snapshot.token = Array((lines.isEmpty ? "" : lines.removeFirst()).utf8)
        outbox = try Outbox(snapshot)
        lines += journal?.lines(from: epoch) ?? []
        isGone = lines.contains(goneLine)
        for line in lines { threads.read(line) }
        enqueue()
        let delivered = Set(lines)
        let places = queue.places.filter { delivered.contains(queue[$0].name.text) }
        let dropped = queue.settle(places)
        for _ in 0..<dropped { outbox.dropFirst() }
        counts.received += Int64(queue.unsettled)
        // The run before may have sent something a moment ago.
        nextAttempt = context.clock.monotonicNanoseconds() + settings.interval
        journal?.begin(epoch)
        journal?.forget(before: epoch)
    }
}

extension RecordBatch {
    /// No column of a stream: names have no spaces.
    private static let carried = Field("event time", .timestamp)

    /// With the event times as a last column: a checkpoint keeps columns.
    fileprivate func carryingTimes() -> RecordBatch {
        guard let eventTimes else { return self }
        return replacing(schema: Schema(schema.fields + [Self.carried]), columns: columns + [.timestamp(eventTimes)])
    }

    /// As it was before.
    fileprivate func timedByCarried() -> RecordBatch {
        guard schema.fields.last?.name == Self.carried.name, let times = columns.last?.asInt64 else { return self }
        return replacing(schema: Schema(Array(schema.fields.dropLast())), columns: Array(columns.dropLast())).timed(
            by: times)
    }
}

/// The messages under which later ones of the same incident are hung.
struct MessageThreads: Sendable {
    private static let most = 10_000

    private var names: [String: String] = [:]

    subscript(incident: String) -> String? { names[WireName.word(incident)] }

    var lines: [String] { names.sorted { $0.key < $1.key }.map { "thread \($0.key) \($0.value)" } }

    /// Takes note of the message by which an incident began; forgets it with the last.
    /// - Returns: a line for the journal, if anything is new.
    mutating func note(_ name: String?, of incident: String, isLast: Bool) -> String? {
        guard !incident.isEmpty else { return nil }
        // Words of a line: an incident's name may come from data, a message's from the receiver.
        let (incident, name) = (WireName.word(incident), name.map(WireName.word))
        if isLast { return names.removeValue(forKey: incident) == nil ? nil : "thread \(incident)" }
        guard let name, names[incident] == nil, names.count < Self.most else { return nil }
        names[incident] = name
        return "thread \(incident) \(name)"
    }

    mutating func read(_ line: String) {
        let parts = line.split(separator: " ")
        guard parts.count >= 2, parts[0] == "thread" else { return }
        names[String(parts[1])] = parts.count == 3 ? String(parts[2]) : nil
    }
}
