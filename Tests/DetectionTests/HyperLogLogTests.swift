import Primitives
import Testing

@testable import Detection

@Suite("HyperLogLog")
struct HyperLogLogTests {
    /// The standard error of 2^14 registers.
    private static let sigma = 1.04 / 128.0

    private func sketch(_ range: Range<UInt64>, seed: UInt64 = 0) -> HyperLogLog {
        var sketch = HyperLogLog()
        for value in range { sketch.insert(hash: Hashing.mix(value &* 0x9E37_79B9_7F4A_7C15 ^ seed)) }
        return sketch
    }

    @Test("an empty sketch has counted nothing")
    func empty() throws {
        #expect(HyperLogLog().estimate() == 0)
        #expect(HyperLogLog().memoryFootprint == 0)
        #expect(try HyperLogLog(serialized: HyperLogLog().serialized()) == HyperLogLog())
    }

    @Test(
        "the count is within three standard errors",
        arguments: [1, 2, 10, 100, 1_000, 2_000, 5_000, 20_000, 100_000, 1_000_000] as [UInt64],
        1...4 as ClosedRange<UInt64>)
    func error(cardinality: UInt64, seed: UInt64) {
        let estimate = Double(sketch(0..<cardinality, seed: seed &* 0x1234_5678_9ABC).estimate())
        if cardinality <= HyperLogLog.exactMax {
            #expect(estimate == Double(cardinality))
        } else {
            #expect(abs(estimate - Double(cardinality)) <= 3 * Self.sigma * Double(cardinality))
        }
    }

    @Test("the error over many sketches has no bias and the spread that is promised")
    func spread() {
        var sum = 0.0
        var squares = 0.0
        let runs = 60
        for seed in 0..<UInt64(runs) {
            let error = Double(sketch(0..<30_000, seed: Hashing.mix(seed)).estimate()) / 30_000 - 1
            sum += error
            squares += error * error
        }
        #expect(abs(sum / Double(runs)) < 4 * Self.sigma / Double(runs).squareRoot())
        #expect((squares / Double(runs)).squareRoot() < 1.4 * Self.sigma)
    }

    @Test("repeats do not count")
    func repeats() {
        var once = sketch(0..<3_000)
        let before = once
        for value in 0..<UInt64(3_000) { once.insert(hash: Hashing.mix(value &* 0x9E37_79B9_7F4A_7C15)) }
        #expect(once == before)
    }

    @Test(
        "a merger is the sketch of the union, in any order",
        arguments: [(0, 0), (0, 50), (500, 900), (500, 90_000), (90_000, 500), (90_000, 80_000)] as [(UInt64, UInt64)])
    func merges(left: UInt64, right: UInt64) {
        let union = sketch(0..<max(left, left / 2 + right))
        let one = sketch(0..<left)
        let two = sketch(left / 2..<left / 2 + right)
        var merged = one
        merged.merge(two)
        var other = two
        other.merge(one)
        #expect(merged.estimate() == union.estimate())
        #expect(merged == other)
        var twice = merged
        twice.merge(merged)
        #expect(twice == merged)
    }

    @Test("what is written is read back", arguments: [0, 1, 7, 2_000, 2_500, 40_000] as [UInt64])
    func roundTrip(cardinality: UInt64) throws {
        let sketch = sketch(0..<cardinality)
        #expect(try HyperLogLog(serialized: sketch.serialized()) == sketch)
    }

    @Test("bytes that are no sketch are refused, and no bytes trap")
    func corrupted() throws {
        for bytes in [
            [], [2], [1, 0], [3, 0], [2, 2], [2, 0, 0], [2, 0, 0, 0, 0, 0], [2, 0, 1, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]] {
            #expect(throws: Fault.self) { try HyperLogLog(serialized: bytes) }
        }
        #expect(throws: Fault.self) { try HyperLogLog(serialized: [2, 1] + Array(repeating: 0, count: 16_383)) }
        #expect(throws: Fault.self) { try HyperLogLog(serialized: [2, 1] + Array(repeating: 52, count: 16_384)) }
        // Hashes must ascend, and be few.
        let five: [UInt8] = [5, 0, 0, 0, 0, 0, 0, 0]
        let four: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: Fault.self) { try HyperLogLog(serialized: [2, 0] + five + five) }
        #expect(throws: Fault.self) { try HyperLogLog(serialized: [2, 0] + five + four) }
        #expect(try HyperLogLog(serialized: [2, 0] + four + five).estimate() == 2)
        #expect(throws: Fault.self) {
            try HyperLogLog(
                serialized: [2, 0]
                    + (0..<1_025).flatMap { number in
                        withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
                    })
        }
        // Possible in form, though no stream has so many values: a number all the same.
        let full = try HyperLogLog(serialized: [2, 1] + Array(repeating: 51, count: 16_384))
        #expect(full.estimate() > 0)
        var random = RandomSource(seed: 1)
        let good = sketch(0..<300).serialized()
        for _ in 0..<2_000 {
            var bytes = good
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            if random.below(3) == 0 { bytes.removeLast(random.below(bytes.count)) }
            if let read = try? HyperLogLog(serialized: bytes) { #expect(read.estimate() >= 0) }
        }
    }

    @Test("a sketch never takes more than its registers")
    func memory() {
        for cardinality: UInt64 in [10, 1_000, 1_024, 1_025, 100_000] {
            #expect(sketch(0..<cardinality).memoryFootprint <= 16_384 + 64)
        }
    }
}
