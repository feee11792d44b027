import Columnar
import Dataflow
import Primitives

/// When each key has raised alerts: within the cool-down of one, before or after, it raises no other.
///
/// Time is cut into buckets as long as the cool-down. A bucket is forgotten whole, when the watermark reaches a new one
/// and no row at it can be within the cool-down of anything in the old; so what is remembered depends on watermarks
/// alone.
final class AlertCooldown: OperatorState {
    private static let table = StateTable(
        "raised", Schema([Field("hash", .int64), Field("key", .int64), Field("at", .timestamp)]))

    private struct Raised {
        var owner: UInt64
        var key: UInt64
        var time: Int64
    }

    /// Microseconds; zero: no alert keeps another from being raised.
    private let length: Int64
    /// By the hash of the key.
    private var raised: [UInt64: (owner: UInt64, times: [Int64])] = [:]
    /// The latest bucket that the watermark has left behind; the least number at first.
    private var forgotten = Int64.min
    /// Raised since the last capture.
    private var uncaptured: [Raised] = []
    /// The buckets that some checkpoint may hold.
    private var captured: Set<Int64> = []

    init(_ length: Int64) {
        self.length = max(0, length)
    }

    /// Whether a key may raise an alert; if so, it does.
    /// - Parameter owner: the hash of the key that decides which subtask owns it.
    func raise(_ key: UInt64, owner: UInt64, at time: Int64) -> Bool {
        guard length > 0 else { return true }
        let times = raised[key]?.times ?? []
        let isNear = times.contains { other in
            let (gap, overflow) = time.subtractingReportingOverflow(other)
            return !overflow && gap.magnitude < UInt64(length)
        }
        if isNear { return false }
        raised[key, default: (owner, [])].times.append(time)
        uncaptured.append(Raised(owner: owner, key: key, time: time))
        return true
    }

    func advance(to watermark: EventTime) {
        guard move(to: watermark) else { return }
        for (key, entry) in raised {
            let times = entry.times.filter { !isForgotten(bucket($0)) }
            if times.isEmpty { raised[key] = nil } else { raised[key]?.times = times }
        }
        uncaptured.removeAll { isForgotten(bucket($0.time)) }
    }

    /// Whether the watermark has left another bucket behind.
    private func move(to watermark: EventTime) -> Bool {
        guard length > 0 else { return false }
        let horizon = watermark.advanced(byMicroseconds: -length).advanced(byMicroseconds: -length)
        let latest = bucket(horizon.microseconds)
        guard latest > forgotten else { return false }
        forgotten = latest
        return true
    }

    private func bucket(_ time: Int64) -> Int64 { floorMultiple(time, length) }
    private func isForgotten(_ bucket: Int64) -> Bool { bucket <= forgotten && forgotten != .min }

    /// About: an entry of the table, and a short array.
    var memoryFootprint: Int { raised.capacity * 32 + raised.count * 64 + uncaptured.capacity * 24 }

    // MARK: Checkpoints

    var tables: [StateTable] { [Self.table] }

    func capture(whole: Bool) -> [StateChange] {
        guard length > 0 else { return [] }
        defer { uncaptured = [] }
        var changes: [StateChange] = []
        var added = Dictionary(grouping: uncaptured) { bucket($0.time) }
        var replaced: [Int64: [Raised]] = [:]
        if whole || captured.contains(where: isForgotten) {
            let all = raised.flatMap { key, entry in
                entry.times.map { Raised(owner: entry.owner, key: key, time: $0) }
            }
            let here = Dictionary(grouping: all) { bucket($0.time) }
            let gone = captured.filter { isForgotten($0) && here[$0] == nil }.sorted()
            captured = whole ? [] : captured.subtracting(gone)
            if !whole { changes = gone.map { .drop(table: Self.table.name, bucket: $0) } }
            // Of a bucket that was forgotten, rows that came very late are all that is left.
            replaced = here.filter { whole || (isForgotten($0.key) && added[$0.key] != nil) }
            for bucket in replaced.keys { added[bucket] = nil }
        }
        captured.formUnion(added.keys)
        captured.formUnion(replaced.keys)
        for (bucket, entries) in replaced.sorted(by: { $0.key < $1.key }) {
            changes.append(.replace(Self.rows(bucket, entries)))
        }
        for (bucket, entries) in added.sorted(by: { $0.key < $1.key }) {
            changes.append(.add(Self.rows(bucket, entries)))
        }
        return changes
    }

    private static func rows(_ bucket: Int64, _ entries: [Raised]) -> StateRows {
        let builders = table.schema.fields.map { ColumnBuilder($0.type, capacity: entries.count) }
        for entry in entries {
            builders[0].append(Int64(bitPattern: entry.owner))
            builders[1].append(Int64(bitPattern: entry.key))
            builders[2].append(entry.time)
        }
        let columns = builders.map { $0.finish() }
        return StateRows(
            table: table.name, bucket: bucket,
            rows: RecordBatch(schema: table.schema, columns: columns, rowCount: entries.count))
    }

    func restore(_ stored: StateRows) throws(Fault) {
        guard stored.table == Self.table.name, length > 0 else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == Self.table.schema, let owners = rows.columns[0].asInt64,
            let keys = rows.columns[1].asInt64,
            let times = rows.columns[2].asInt64
        else {
            throw Fault("state.columns", "the stored state of an alert has other columns", domain: .internal)
        }
        captured.insert(stored.bucket)
        for row in 0..<rows.rowCount {
            let (key, time) = (UInt64(bitPattern: keys.values[row]), times.values[row])
            let owner = UInt64(bitPattern: owners.values[row])
            raised[key, default: (owner, [])].times.append(time)
            // The file may have had another cool-down, and with it other buckets.
            if bucket(time) != stored.bucket { uncaptured.append(Raised(owner: owner, key: key, time: time)) }
        }
    }

    func resume(at watermark: EventTime) { _ = move(to: watermark) }
}
