import Primitives
import Testing

@testable import Detection

/// State that an earlier version has written is read by a later one: the bytes of each summary stay what they are.
///
/// The hashes are XXH3 of the bytes that were written when each form had its present version. Where an input is a
/// fraction, it is one whose logarithm or power no library rounds in its own way.
@Suite("serialized forms")
struct SerializedFormTests {
    private static func hash(_ bytes: [UInt8]) -> String {
        let hash = bytes.withUnsafeBytes { Hashing.hash64($0) }
        return "\(bytes.count) \(String(hash, radix: 16))"
    }

    @Test("counts of distinct values, of few and of many")
    func distinct() {
        var sketch = HyperLogLog()
        for value in UInt64(0)..<300 { sketch.insert(hash: Hashing.mix(value)) }
        #expect(Self.hash(sketch.serialized()) == "2402 ba72496e7b3bd57b")
        for value in UInt64(0)..<30_000 { sketch.insert(hash: Hashing.mix(value)) }
        #expect(Self.hash(sketch.serialized()) == "16386 8aaba5473330b12c")
    }

    @Test("quantiles")
    func quantiles() {
        var sketch = DDSketch()
        for value in -50..<500 { _ = sketch.insert(Double(value) * 1.5, count: Int64(abs(value) + 1)) }
        #expect(Self.hash(sketch.serialized()) == "2593 dad9ecebea14fff3")
    }

    @Test("frequent items")
    func frequent() {
        var sketch = SpaceSaving(capacity: 20)
        for number in 0..<1_000 {
            let item = Array("item \(number * number % 37)".utf8)
            item.withUnsafeBufferPointer {
                sketch.insert(
                    bytes: $0, hash: Hashing.hash64(UnsafeRawBufferPointer($0)), weight: Int64(number % 5 + 1))
            }
        }
        #expect(Self.hash(sketch.serialized()) == "668 f21c3940b8ce7942")
    }

    @Test("baselines")
    func baselines() {
        var exponential = ExponentialBaseline()
        for hour in Int64(0)..<20 { exponential.insert(Double(hour % 7), at: hour, halfLife: 1) }
        #expect(Self.hash(exponential.serialized()) == "33 68ea29ddee145d6d")
        var seasonal = SeasonalBaseline()
        for hour in Int64(0)..<500 { seasonal.insert(Double(hour % 24 * 3), at: hour * 3_600_000_000) }
        #expect(Self.hash(seasonal.serialized()) == "1177 696a613ec0434b75")
        var tail = TailEstimate()
        for size in 0..<100 { tail.insert(Double(size) + 0.1, .init(tail: 0.1, decay: 0.5, prior: 0.25)) }
        #expect(Self.hash(tail.serialized()) == "1553 2011a80e6b1ba942")
        var sum = CumulativeSum()
        for time in Int64(0)..<9 { sum.insert(Double(time % 4) - 1, at: time) }
        #expect(Self.hash(sum.serialized()) == "33 9b3f0ba58d0babb3")
    }

    @Test("detectors that have seen nothing, and one minute")
    func detectors() {
        #expect(Self.hash(VolumeDetector().serialized()) == "8252 a6ce21e19b01fc28")
        #expect(Self.hash(CrisisDetector().serialized()) == "1298 a2a48856019eb8a8")
        var minute = CrisisMinute()
        for post in Int64(0)..<10 {
            minute.posts += 1
            minute.followers += post
            minute.texts[Hashing.mix(UInt64(post % 3)), default: 0] += 1
        }
        #expect(Self.hash(minute.serialized()) == "90 b73be0d6de9a7723")
    }
}
