import Glibc
package import Primitives

/// Quantiles within 1 % of the true value, whatever the distribution.
///
/// Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees" (2019):
/// a value x falls into the bin ⌈log_γ |x|⌉ with γ = (1 + α) / (1 − α), α = 0.01. Bins that are empty take no memory; a
/// sketch has at most 2,048 bins of a sign and then merges those nearest to zero, which keeps high quantiles exact.
/// Mergers in any order give the same sketch, unless it had to give bins up.
package struct DDSketch: Sketch, Sendable, Hashable {
    static let accuracy = 0.01
    static let gamma = (1 + accuracy) / (1 - accuracy)
    private static let logGamma = log(gamma)
    static let binsMax = 2_048

    private var positive = Bins()
    private var negative = Bins()
    private var zeros: Int64 = 0
    /// Values taken.
    package private(set) var count: Int64 = 0

    package init() {}

    /// Takes a value `times` times; refuses NaN and infinities.
    package mutating func insert(_ value: Double, count times: Int64 = 1) -> Bool {
        guard value.isFinite, times > 0 else { return false }
        // Below the least normal number a logarithm is no guide; such a value is zero for every purpose.
        if abs(value) < .leastNormalMagnitude {
            zeros += times
        } else {
            let bin = Int32((log(abs(value)) / Self.logGamma).rounded(.up))
            if value > 0 { positive.add(bin, times) } else { negative.add(bin, times) }
        }
        count += times
        return true
    }

    /// Takes everything that another sketch has counted.
    package mutating func merge(_ other: DDSketch) {
        positive.merge(other.positive)
        negative.merge(other.negative)
        zeros += other.zeros
        count += other.count
    }

    /// The value of rank `quantile × (count − 1)`, within 1 %; `nil` for an empty sketch.
    package func quantile(_ quantile: Double) -> Double? {
        guard count > 0, (0...1).contains(quantile) else { return nil }
        let rank = quantile * Double(count - 1)
        var seen: Int64 = 0
        for index in negative.keys.indices.reversed() {
            seen += negative.counts[index]
            if Double(seen) > rank { return -Self.value(negative.keys[index]) }
        }
        seen += zeros
        if Double(seen) > rank { return 0 }
        for index in positive.keys.indices {
            seen += positive.counts[index]
            if Double(seen) > rank { return Self.value(positive.keys[index]) }
        }
        return positive.keys.last.map(Self.value)
    }

    /// Bytes of memory beyond the struct itself.
    package var memoryFootprint: Int { positive.memoryFootprint + negative.memoryFootprint }

    /// The middle of a bin, in the sense of the relative error. Of the last bins the middle may be no number any more.
    private static func value(_ bin: Int32) -> Double {
        min(exp(Double(bin) * logGamma - log((gamma + 1) / 2)), .greatestFiniteMagnitude)
    }

    /// The bins of one sign that are not empty, ascending.
    fileprivate struct Bins: Sendable, Hashable {
        var keys: [Int32] = []
        var counts: [Int64] = []

        mutating func add(_ key: Int32, _ times: Int64) {
            var low = 0
            var high = keys.count
            while low < high {
                let middle = (low + high) / 2
                if keys[middle] < key { low = middle + 1 } else { high = middle }
            }
            if low < keys.count && keys[low] == key {
                counts[low] += times
                return
            }
            keys.insert(key, at: low)
            counts.insert(times, at: low)
            if keys.count > DDSketch.binsMax {
                counts[1] += counts[0]
                keys.removeFirst()
                counts.removeFirst()
            }
        }

        mutating func merge(_ other: Bins) {
            for (key, count) in zip(other.keys, other.counts) { add(key, count) }
        }

        var memoryFootprint: Int { keys.capacity * 4 + counts.capacity * 8 }
    }
}

extension DDSketch {
    package static let name = "DDSketch"
    package static let version: UInt8? = 1
    /// No stream has counted more; sums of sketches that were read stay far from overflow.
    private static let countMax: Int64 = 1 << 56

    /// Zeros; then for each sign the number of bins and each bin's key and count.
    package func append(to writer: inout ByteWriter) {
        writer.append(zeros)
        for bins in [positive, negative] {
            writer.append(UInt16(bins.keys.count))
            for (key, count) in zip(bins.keys, bins.counts) {
                writer.append(key)
                writer.append(count)
            }
        }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        zeros = try reader.read(Int64.self)
        guard (0...Self.countMax).contains(zeros) else { throw ByteReader.fault }
        var total = zeros
        for isPositive in [true, false] {
            var bins = Bins()
            let binCount = try reader.read(UInt16.self)
            guard binCount <= Self.binsMax else { throw ByteReader.fault }
            for _ in 0..<binCount {
                let key = try reader.read(Int32.self)
                let count = try reader.read(Int64.self)
                let (sum, overflow) = total.addingReportingOverflow(count)
                guard count > 0, !overflow, sum <= Self.countMax, bins.keys.last.map({ $0 < key }) ?? true else {
                    throw ByteReader.fault
                }
                total = sum
                bins.keys.append(key)
                bins.counts.append(count)
            }
            if isPositive { positive = bins } else { negative = bins }
        }
        count = total
    }
}
