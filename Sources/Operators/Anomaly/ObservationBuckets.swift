import Dataflow
import Glibc
import Primitives

/// Observations that the watermark has not closed yet: sums of stretches of event time, or rows by themselves.
struct ObservationBuckets {
    /// A thousand years: far from where sums of times could overflow.
    static let lengthMax: Int64 = 31_556_952_000_000_000

    /// What a key has in one stretch. Sums are compensated (Neumaier, 1974), so that the order of rows changes them by
    /// no more than a unit in the last place.
    struct Sum {
        var rows: Int64 = 0
        var values: Int64 = 0
        var total = 0.0
        var compensation = 0.0

        mutating func add(_ value: Double) {
            let sum = total + value
            compensation += abs(total) >= abs(value) ? (total - sum) + value : (value - sum) + total
            total = sum
            values += 1
        }

        var result: Double { total.isFinite ? total + compensation : total }
    }

    /// One observation of one key.
    struct Observation {
        var time: Int64
        var key: Int
        var value: Double
    }

    private(set) var stretches: [Int64: [Int: Sum]] = [:]
    private(set) var rows: [Observation] = []

    mutating func count(_ key: Int, in start: Int64, value: Double?) {
        stretches[start, default: [:]][key, default: Sum()].rows += 1
        if let value { stretches[start]?[key]?.add(value) }
    }

    mutating func add(_ observation: Observation) {
        rows.append(observation)
    }

    /// Everything that waits, as a checkpoint holds it: of a stretch its counts and sum; of a row its value.
    var captured: [KeyedCapture.Waiting] {
        var waiting: [KeyedCapture.Waiting] = []
        for (start, keys) in stretches {
            for (key, sum) in keys {
                var writer = ByteWriter()
                writer.append(sum.rows)
                writer.append(sum.values)
                writer.append(sum.total.bitPattern)
                writer.append(sum.compensation.bitPattern)
                waiting.append(KeyedCapture.Waiting(key: key, start: start, value: writer.bytes))
            }
        }
        for row in rows {
            var writer = ByteWriter()
            writer.append(row.value.bitPattern)
            waiting.append(KeyedCapture.Waiting(key: row.key, start: row.time, value: writer.bytes))
        }
        return waiting
    }

    /// Takes back what was captured.
    mutating func restore(_ waiting: KeyedCapture.Waiting, isStretch: Bool) throws(Fault) {
        try waiting.value.read { (reader) throws(Fault) in
            guard isStretch else {
                let value = Double(bitPattern: try reader.read(UInt64.self))
                return add(Observation(time: waiting.start, key: waiting.key, value: value))
            }
            var sum = Sum()
            sum.rows = try reader.read(Int64.self)
            sum.values = try reader.read(Int64.self)
            sum.total = Double(bitPattern: try reader.read(UInt64.self))
            sum.compensation = Double(bitPattern: try reader.read(UInt64.self))
            stretches[waiting.start, default: [:]][waiting.key] = sum
        }
    }

    /// The stretches that end by a time, in order; they are forgotten here.
    mutating func takeStretches(endingBy time: Int64, length: Int64) -> [(start: Int64, sums: [Int: Sum])] {
        let due = stretches.keys.filter { time == .max || $0 + length <= time }.sorted()
        return due.map { start in (start, stretches.removeValue(forKey: start) ?? [:]) }
    }

    /// The rows before a time, by time; of those at one time the lesser value first, so that no thread decides.
    mutating func takeRows(before time: Int64) -> [Observation] {
        let due = rows.filter { time == .max || $0.time < time }
        guard !due.isEmpty else { return [] }
        rows.removeAll { time == .max || $0.time < time }
        return due.sorted { ($0.time, $0.value) < ($1.time, $1.value) }
    }

    var memoryFootprint: Int {
        stretches.values.reduce(rows.capacity * 24 + stretches.capacity * 16) { $0 + $1.capacity * 48 }
    }
}
