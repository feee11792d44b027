import Columnar
import Dataflow
import Primitives

/// Observations that the watermark has not passed, and their state. Buckets are minutes of event time.
final class PendingObservations: OperatorState {
    private static let bucketLength: Int64 = 60_000_000
    private static let table = StateTable(
        "observations",
        Schema([
            Field("hash", .int64), Field("key", .int64), Field("at", .timestamp), Field("level", .int64),
            Field("kept", .bool), Field("member", .bytes), Field("title", .string), Field("message", .string),
            Field("value", .float64, isNullable: true),
        ]))

    private struct Bucket {
        var observations: [IncidentObservation] = []
        /// How many of them checkpoints hold.
        var captured = 0
    }

    /// What has been taken lies before it.
    private(set) var watermark = EventTime.distantPast
    private var buckets: [Int64: Bucket] = [:]
    /// Buckets that some checkpoint holds.
    private var captured: Set<Int64> = []

    func insert(_ observation: IncidentObservation) {
        buckets[Self.bucket(observation.time), default: Bucket()].observations.append(observation)
    }

    /// Those before a time, in its order; what falls together in an order that no thread decides.
    func take(before watermark: EventTime) -> [IncidentObservation] {
        self.watermark = watermark
        let time = watermark.microseconds
        var taken: [IncidentObservation] = []
        for start in buckets.keys.sorted() where time == .max || start < time {
            guard var bucket = buckets.removeValue(forKey: start) else { continue }
            let passed = bucket.observations.filter { time == .max || $0.time < time }
            taken += passed
            guard passed.count < bucket.observations.count else { continue }
            // What checkpoints hold stays in front, less what is taken of it.
            bucket.captured -= bucket.observations.prefix(bucket.captured).count { $0.time < time }
            bucket.observations.removeAll { $0.time < time }
            buckets[start] = bucket
        }
        return taken.sorted { left, right in
            (left.time, left.key, -left.level, left.message, left.value ?? 0)
                < (right.time, right.key, -right.level, right.message, right.value ?? 0)
        }
    }

    private static func bucket(_ time: Int64) -> Int64 { floorMultiple(time, bucketLength) }

    /// About.
    var memoryFootprint: Int {
        buckets.values.reduce(0) { sum, bucket in
            bucket.observations.reduce(sum) {
                $0 + MemoryLayout<IncidentObservation>.stride + $1.member.count + $1.message.utf8.count
            }
        }
    }

    // MARK: Checkpoints

    var tables: [StateTable] { [Self.table] }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        if !whole {
            changes = captured.filter { buckets[$0] == nil }.sorted()
                .map { .drop(table: Self.table.name, bucket: $0) }
        }
        captured = whole ? [] : captured.filter { buckets[$0] != nil }
        for start in buckets.keys.sorted() {
            guard let bucket = buckets[start] else { continue }
            let new = whole ? bucket.observations[...] : bucket.observations[bucket.captured...]
            guard !new.isEmpty else { continue }
            captured.insert(start)
            buckets[start]?.captured = bucket.observations.count
            changes += Self.rows(start, new).enumerated().map { whole && $0 == 0 ? .replace($1) : .add($1) }
        }
        return changes
    }

    func restore(_ stored: StateRows) throws(Fault) {
        guard stored.table == Self.table.name else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == Self.table.schema, let values = rows.columns[8].asFloat64 else {
            throw Fault("state.columns", "the stored observations have other columns", domain: .internal)
        }
        captured.insert(stored.bucket)
        for row in 0..<rows.rowCount {
            func number(_ column: Int) -> Int64 { rows.columns[column].asInt64?.values[row] ?? 0 }
            func bytes(_ column: Int) -> [UInt8] { rows.columns[column].asBytes.map { Array($0[row]) } ?? [] }
            insert(
                IncidentObservation(
                    key: UInt64(bitPattern: number(1)), owner: UInt64(bitPattern: number(0)), member: bytes(5),
                    time: number(2), level: Int(number(3)), isKept: rows.columns[4].asBool?[row] ?? false,
                    title: String(decoding: bytes(6), as: UTF8.self),
                    message: String(decoding: bytes(7), as: UTF8.self),
                    value: rows.columns[8].isValid(row) ? values.values[row] : nil))
        }
    }

    func resume(at watermark: EventTime) {
        // What the watermark had passed when the checkpoint was taken has been observed.
        _ = take(before: watermark)
        buckets = buckets.mapValues { Bucket(observations: $0.observations, captured: $0.observations.count) }
    }

    private static func rows(_ start: Int64, _ observations: ArraySlice<IncidentObservation>) -> [StateRows] {
        var rows = StateBatchBuilder(table.schema)
        let builders = rows.builders
        for observation in observations {
            builders[0].append(Int64(bitPattern: observation.owner))
            builders[1].append(Int64(bitPattern: observation.key))
            builders[2].append(observation.time)
            builders[3].append(Int64(observation.level))
            builders[4].append(observation.isKept)
            builders[5].append(observation.member)
            builders[6].append(observation.title)
            builders[7].append(observation.message)
            if let value = observation.value { builders[8].append(value) } else { builders[8].appendNull() }
            rows.endRow()
        }
        return rows.finish().map { StateRows(table: table.name, bucket: start, rows: $0) }
    }
}
