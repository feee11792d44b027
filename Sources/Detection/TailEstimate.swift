import Glibc
package import Primitives

/// How rare a size is among those seen before, beyond the largest of them too.
///
/// A histogram over the logarithm of the size, old observations fading; above the `tail` share of the largest, sizes
/// are taken to fall off as a power, whose exponent is the mean logarithmic excess (Hill, "A simple general approach
/// to inference about the tail of a distribution", 1975; over a threshold as in Siffer et al., "Anomaly detection in
/// streams with extreme value theory", 2017). So a series whose bursts are heavy-tailed is surprised by less. Until
/// much was seen the exponent leans on a prior. 192 bins, 1.6 KB.
package struct TailEstimate: Sketch, Sendable, Hashable {
    static let bins = 192
    /// Bins for each factor of e.
    private static let resolution = 8.0
    /// The least size that has a bin of its own: e to this.
    private static let lowest = -12.0
    /// Sizes below are no deviation at all.
    private static let least = 1e-9
    private static let fewest = 20.0
    /// Weight of the prior of the exponent, in observations.
    private static let priorWeight = 2.0
    private static let gainMax = 1e9

    /// What makes an estimate.
    package struct Settings: Sendable, Hashable {
        /// The share of largest sizes that the tail is fitted to.
        package var tail: Double
        /// What is left of an observation's weight after one more.
        package var decay: Double
        /// The mean logarithmic excess that is assumed before any is seen.
        package var prior: Double

        package init(tail: Double, decay: Double, prior: Double) {
            self.tail = tail
            self.decay = decay
            self.prior = prior
        }
    }

    /// Weights of observations by bin; a new one weighs `gain`, which grows instead of the old ones fading.
    private var weights = [Double](repeating: 0, count: bins)
    private var gain = 1.0
    /// Observations, each weighed by its age; those without a size too.
    private var total = 0.0

    package init() {}

    /// The probability of a size at least this large.
    package func probability(_ size: Double, _ settings: Settings) -> Double {
        guard size > Self.least, total >= Self.fewest else { return 1 }
        let bin = Self.bin(size)
        let limit = settings.tail * total * gain
        var (weight, logarithms, index) = (0.0, 0.0, Self.bins - 1)
        while index > 0 && weight + weights[index] <= limit {
            weight += weights[index]
            logarithms += weights[index] * Self.middle(index)
            index -= 1
        }
        if bin <= index {
            while index > bin {
                weight += weights[index]
                index -= 1
            }
            return ((weight + 0.5 * weights[bin]) / gain + 0.5) / (total + 1)
        }
        let excesses = weight / gain
        let start = Double(index + 1) / Self.resolution + Self.lowest
        let sum = logarithms / gain - excesses * start + Self.priorWeight * settings.prior
        let exponent = sum / (excesses + Self.priorWeight)
        return (excesses + 0.5) / (total + 1) * exp(-(log(size) - start) / exponent)
    }

    package mutating func insert(_ size: Double, _ settings: Settings) {
        total = total * settings.decay + 1
        if size > Self.least { weights[Self.bin(size)] += gain }
        gain /= settings.decay
        guard gain > Self.gainMax else { return }
        for index in weights.indices { weights[index] /= gain }
        gain = 1
    }

    /// Takes what another estimate has seen, each as old as it was there.
    package mutating func merge(_ other: TailEstimate) {
        for index in weights.indices { weights[index] += other.weights[index] * gain / other.gain }
        total += other.total
    }

    package var memoryFootprint: Int { weights.capacity * 8 }

    private static func bin(_ size: Double) -> Int {
        Int(min(max(0, ((log(min(size, 1e300)) - lowest) * resolution).rounded(.down)), Double(bins - 1)))
    }

    private static func middle(_ bin: Int) -> Double { (Double(bin) + 0.5) / resolution + lowest }
}

extension TailEstimate {
    package static let name = "tail estimate"
    package static let version: UInt8? = 1

    /// Total, gain, then the weight of each bin.
    package func append(to writer: inout ByteWriter) {
        writer.append(total)
        writer.append(gain)
        for weight in weights { writer.append(weight) }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        total = try reader.readFinite()
        gain = try reader.readFinite()
        for index in weights.indices {
            weights[index] = try reader.readFinite()
            guard weights[index] >= 0 else { throw ByteReader.fault }
        }
        guard total >= 0, gain >= 1 else { throw ByteReader.fault }
    }
}
