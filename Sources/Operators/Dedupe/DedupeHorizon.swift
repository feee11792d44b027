import Primitives

/// The horizon of a `dedupe`, cut into buckets of event time.
struct DedupeHorizon: Sendable {
    /// Buckets in a horizon: more of them forget sooner but make every look-up probe more tables.
    static let bucketsPerHorizon: Int64 = 4
    /// A thousand years.
    static let withinMax: Int64 = 31_556_952_000_000_000
    /// Bits that the offset and the check of a key take together, where the offset leaves room for a check. In a file
    /// of some million keys the sorted hashes take about 45 bits a key more, which makes 9 bytes.
    private static let packedBits = 28
    private static let checkBitsMin = 2

    /// Microseconds.
    let within: Int64
    let bucketSize: Int64
    /// Times within a bucket are kept in 32 bits of this unit, in microseconds: exact up to a horizon of 4.7 hours, to
    /// the millisecond up to 198 days.
    let tick: Int64
    /// Bits that an offset takes.
    let offsetBits: Int
    /// Bits of a key's hash that are kept beside the first 64: 2 to 32, more where offsets are short.
    let checkBits: Int

    init(within: Int64) {
        self.within = within
        bucketSize = max(1, (within + Self.bucketsPerHorizon - 1) / Self.bucketsPerHorizon)
        let range = Int64(UInt32.max)
        tick = bucketSize <= range ? 1 : (bucketSize / 1_000 <= range ? 1_000 : bucketSize / range + 1)
        offsetBits = Int64.bitWidth - ((bucketSize - 1) / tick).leadingZeroBitCount
        checkBits = max(Self.checkBitsMin, Self.packedBits - offsetBits)
    }

    /// Whether no row at the watermark or later can repeat what happened in a bucket.
    func isForgotten(_ bucket: Int64, behind watermark: EventTime) -> Bool {
        (bucket + 1) * bucketSize + within <= watermark.microseconds
    }

    func bucket(_ time: Int64) -> Int64 { time.dividedDown(by: bucketSize) }

    /// When a bucket begins, in microseconds.
    func start(_ bucket: Int64) -> Int64 { bucket * bucketSize }
}
