package import Primitives

/// Finds that a level has shifted, and since when.
///
/// Page's cumulative sum (Page, "Continuous inspection schemes", 1954), for standardised observations: what exceeds
/// `slack` standard deviations is added up, never below zero, and a sum above a limit is a shift. With a slack of
/// 0.5 and a limit of 5 a shift of one standard deviation is found after about ten observations, and chance takes
/// about 930 observations for an alarm on both sides (Montgomery, "Introduction to Statistical Quality Control"). 32
/// bytes a key.
package struct CumulativeSum: Sendable, Hashable {
    package private(set) var upper = 0.0
    package private(set) var lower = 0.0
    private var upperSince = Int64.min
    private var lowerSince = Int64.min

    package init() {}

    /// Takes an observation, in standard deviations from the level.
    package mutating func insert(_ deviation: Double, at time: Int64, slack: Double = 0.5) {
        guard deviation.isFinite else { return }
        if upper == 0 { upperSince = time }
        if lower == 0 { lowerSince = time }
        upper = max(0, upper + deviation - slack)
        lower = max(0, lower - deviation - slack)
    }

    /// When the shift began that the sums have passed a limit for: the last time that the sum was zero.
    package func shift(limit: Double = 5) -> (isUpward: Bool, since: Int64)? {
        if upper > limit, upper >= lower { return (true, upperSince) }
        if lower > limit { return (false, lowerSince) }
        return nil
    }

    /// Starts anew, at the level that was found.
    package mutating func reset() {
        self = CumulativeSum()
    }
}

extension CumulativeSum: Serializable {
    package static let name = "cumulative sum"
    package static let version: UInt8? = 1

    /// The upper sum and its beginning, the lower sum and its beginning.
    package func append(to writer: inout ByteWriter) {
        writer.append(upper)
        writer.append(upperSince)
        writer.append(lower)
        writer.append(lowerSince)
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        upper = try reader.readFinite()
        upperSince = try reader.read(Int64.self)
        lower = try reader.readFinite()
        lowerSince = try reader.read(Int64.self)
        guard upper >= 0, lower >= 0 else { throw ByteReader.fault }
    }
}
