import Glibc
package import Primitives

/// Mean and variance of a series that forgets: an observation counts half as much for every half-life of event time
/// since it was made.
///
/// West, "Updating mean and variance estimates: an improved method" (1979), with weights that decay as in Finch,
/// "Incremental calculation of weighted mean and variance" (2009); mergers follow Chan, Golub and LeVeque (1979). 32
/// bytes a key; the half-life belongs to whoever holds many of them.
package struct ExponentialBaseline: Sketch, Sendable, Hashable {
    /// How much evidence there is, in observations made just now.
    package private(set) var weight = 0.0
    package private(set) var mean = 0.0
    private var squares = 0.0
    /// When the weights were last brought up to date, in microseconds.
    private var time = Int64.min

    package init() {}

    /// Takes an observation; a value that is no finite number is not taken.
    /// - Parameters:
    ///   - time: when it was made, in microseconds; one older than the newest counts less, as if taken in time.
    ///   - halfLife: in microseconds, above zero.
    package mutating func insert(_ value: Double, at time: Int64, halfLife: Int64) {
        guard value.isFinite else { return }
        var one = 1.0
        if time >= self.time { decay(to: time, halfLife) } else { one = Self.share(time, self.time, halfLife) }
        guard one > 0 else { return }
        let change = value - mean
        weight += one
        mean += change * one / weight
        squares += one * change * (value - mean)
    }

    /// Variance of one observation; zero while there are fewer than two.
    package var variance: Double { weight > 1 ? max(0, squares / weight) : 0 }

    /// Takes what another baseline has seen, as if both stood at the same time.
    package mutating func merge(_ other: ExponentialBaseline) {
        guard other.weight > 0 else { return }
        let total = weight + other.weight
        let change = other.mean - mean
        mean += change * other.weight / total
        squares += other.squares + change * change * weight * other.weight / total
        weight = total
        time = max(time, other.time)
    }

    package var memoryFootprint: Int { 0 }

    private mutating func decay(to time: Int64, _ halfLife: Int64) {
        if self.time != .min {
            let share = Self.share(self.time, time, halfLife)
            weight *= share
            squares *= share
        }
        self.time = time
    }

    /// What is left of a weight of one between two times.
    private static func share(_ from: Int64, _ to: Int64, _ halfLife: Int64) -> Double {
        exp2(-(Double(to) - Double(from)) / Double(max(1, halfLife)))
    }
}

extension ExponentialBaseline {
    package static let name = "exponential baseline"
    package static let version: UInt8? = 1

    /// Weight, mean, sum of squared deviations, time.
    package func append(to writer: inout ByteWriter) {
        writer.append(weight)
        writer.append(mean)
        writer.append(squares)
        writer.append(time)
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        weight = try reader.readFinite()
        mean = try reader.readFinite()
        squares = try reader.readFinite()
        time = try reader.read(Int64.self)
        guard weight >= 0, squares >= 0 else { throw ByteReader.fault }
    }
}
