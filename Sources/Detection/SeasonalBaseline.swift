import Glibc
package import Primitives

/// What is usual at an hour of the week: the mean and variance of a count, learnt from the same hours before.
///
/// Three levels, each an exponentially forgetting mean: all hours, the hour of the day, the hour of the week. A
/// level that has seen little leans on the one above it (shrinkage towards the grand mean, Efron and Morris, "Data
/// analysis using Stein's estimator and its generalizations", 1975): hour of week leans on hour of day with the
/// weight of two weeks, hour of day on all hours with that of two days. Times are UTC. Memory: 193 means and a
/// variance, 1.6 KB a key.
package struct SeasonalBaseline: Sketch, Sendable, Hashable {
    static let dayHours = 24
    static let weekHours = 168
    private static let hour: Int64 = 3_600_000_000
    /// Monday, 00:00: the epoch was a Thursday.
    private static let weekShift: Int64 = 3 * 24
    /// Weight with which a level leans on the one above, in weeks or days.
    private static let lean = 2.0
    /// Observations of a slot are forgotten at this rate for each new one, once there are enough.
    private static let dayRate = 0.1
    private static let weekRate = 0.25

    private var means = [Float](repeating: 0, count: dayHours + weekHours)
    private var seen = [UInt16](repeating: 0, count: dayHours + weekHours)
    /// Mean of all hours.
    private var overall = 0.0
    private var overallSeen = 0.0
    /// Variance beyond that of a Poisson process, relative to the square of the mean: 1 / size of the negative
    /// binomial.
    package private(set) var overdispersion = 0.0

    package init() {}

    /// Whether anything was seen at all.
    package var isEmpty: Bool { overallSeen == 0 }
    /// Hours taken, until it stops counting.
    package var hoursSeen: Double { overallSeen }

    /// The hour of the week, 0 being Monday 00:00 UTC.
    package static func hourOfWeek(_ time: Int64) -> Int {
        var slot = (time.dividedDown(by: hour) + weekShift) % Int64(weekHours)
        if slot < 0 { slot += Int64(weekHours) }
        return Int(slot)
    }

    /// What is usual at a time, per hour.
    package func expected(at time: Int64) -> Double {
        let slot = Self.hourOfWeek(time)
        let day = slot % Self.dayHours
        let dayMean = Self.shrink(Double(means[day]), Double(seen[day]), overall)
        let week = Self.dayHours + slot
        return Self.shrink(Double(means[week]), Double(seen[week]), dayMean)
    }

    /// Takes the count of a whole hour (or a shorter stretch scaled to an hour).
    /// - Parameter ceiling: what a count is cut to before it is learnt, so that a burst does not become usual at once.
    package mutating func insert(_ count: Double, at time: Int64, ceiling: Double = .infinity) {
        guard count.isFinite, count >= 0 else { return }
        let value = min(count, ceiling)
        if overallSeen >= 24 {
            let usual = max(expected(at: time), 0.5)
            let excess = max(0, (value - usual) * (value - usual) - usual) / (usual * usual)
            // A few hours of uproar are no reason to expect as much of every hour.
            overdispersion += (min(excess, 1) - overdispersion) * max(0.01, 1 / (overallSeen - 22))
        }
        let slot = Self.hourOfWeek(time)
        learn(slot % Self.dayHours, value, Self.dayRate)
        learn(Self.dayHours + slot, value, Self.weekRate)
        overallSeen = min(overallSeen + 1, 10_000)
        overall += (value - overall) * max(0.01, 1 / overallSeen)
    }

    /// Takes what another baseline has learnt, slot by slot, by their evidence.
    package mutating func merge(_ other: SeasonalBaseline) {
        for slot in means.indices where other.seen[slot] > 0 {
            let total = UInt32(seen[slot]) + UInt32(other.seen[slot])
            means[slot] += (other.means[slot] - means[slot]) * Float(other.seen[slot]) / Float(total)
            seen[slot] = UInt16(clamping: total)
        }
        let total = overallSeen + other.overallSeen
        guard total > 0 else { return }
        overall += (other.overall - overall) * other.overallSeen / total
        overdispersion += (other.overdispersion - overdispersion) * other.overallSeen / total
        overallSeen = min(total, 10_000)
    }

    package var memoryFootprint: Int { means.capacity * 4 + seen.capacity * 2 }

    private mutating func learn(_ slot: Int, _ value: Double, _ rate: Double) {
        if seen[slot] < .max { seen[slot] += 1 }
        means[slot] += Float((value - Double(means[slot])) * max(rate, 1 / Double(seen[slot])))
    }

    private static func shrink(_ mean: Double, _ seen: Double, _ above: Double) -> Double {
        (mean * seen + above * lean) / (seen + lean)
    }
}

extension SeasonalBaseline {
    package static let name = "seasonal baseline"
    package static let version: UInt8? = 1

    /// Overall mean, its evidence, overdispersion, then each slot's mean (32-bit float) and count.
    package func append(to writer: inout ByteWriter) {
        writer.append(overall)
        writer.append(overallSeen)
        writer.append(overdispersion)
        for slot in means.indices {
            writer.append(means[slot].bitPattern)
            writer.append(seen[slot])
        }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        overall = try reader.readFinite()
        overallSeen = try reader.readFinite()
        overdispersion = try reader.readFinite()
        guard overall >= 0, overallSeen >= 0, overdispersion >= 0 else { throw ByteReader.fault }
        for slot in means.indices {
            means[slot] = Float(bitPattern: try reader.read(UInt32.self))
            seen[slot] = try reader.read(UInt16.self)
            guard means[slot].isFinite, means[slot] >= 0 else { throw ByteReader.fault }
        }
    }
}
