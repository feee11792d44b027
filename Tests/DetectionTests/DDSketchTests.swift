import Glibc
import Primitives
import Testing

@testable import Detection

@Suite("DDSketch")
struct DDSketchTests {
    enum Distribution: String, CaseIterable, Sendable {
        case uniform, normal, logNormal, exponential, negative, mixed, constant, tiny, huge, integers

        func draw(_ random: inout RandomSource) -> Double {
            let uniform = random.unit()
            let normal = (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
            switch self {
            case .uniform: return uniform * 1_000
            case .normal: return 50 + 10 * normal
            case .logNormal: return exp(3 * normal)
            case .exponential: return -log(1 - uniform)
            case .negative: return -exp(normal)
            case .mixed: return random.below(3) == 0 ? 0 : normal * exp(normal)
            case .constant: return 42
            case .tiny: return uniform * 1e-300
            case .huge: return 1e300 * (1 + uniform * 1e8)
            case .integers: return Double(random.below(20) - 5)
            }
        }
    }

    private func isClose(_ estimate: Double?, _ value: Double) -> Bool {
        guard let estimate else { return false }
        return abs(estimate - value) <= 0.010_000_1 * abs(value)
    }

    @Test(
        "every quantile is within one percent of the true value", arguments: Distribution.allCases, [1, 2, 10, 5_000])
    func relativeError(distribution: Distribution, count: Int) {
        var random = RandomSource(seed: UInt64(count))
        var sketch = DDSketch()
        var values: [Double] = []
        for _ in 0..<count {
            let value = distribution.draw(&random)
            values.append(value)
            let isTaken = sketch.insert(value)
            #expect(isTaken)
        }
        values.sort()
        for quantile in [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1] {
            let true_ = values[Int(quantile * Double(count - 1))]
            #expect(isClose(sketch.quantile(quantile), true_), "quantile \(quantile) of \(distribution): \(true_)")
        }
        #expect(sketch.count == Int64(count))
    }

    @Test(
        "the largest and the least numbers keep their error",
        arguments: [
            Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNormalMagnitude, 1e308, Double(Int64.min),
            1, -1,
        ])
    func extremes(value: Double) {
        var sketch = DDSketch()
        let isTaken = sketch.insert(value)
        #expect(isTaken)
        #expect(isClose(sketch.quantile(0.5), value))
        #expect(sketch.quantile(0.5)?.isFinite == true)
    }

    @Test("zeros and what is nearly zero are zero")
    func zeros() {
        var sketch = DDSketch()
        for value in [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude] { _ = sketch.insert(value) }
        #expect(sketch.quantile(0) == 0)
        #expect(sketch.quantile(1) == 0)
        #expect(sketch.count == 4)
    }

    @Test("NaN and infinities are refused, and an empty sketch has no quantile")
    func refused() {
        var sketch = DDSketch()
        var taken = [Double.nan, .infinity, -.infinity].map { sketch.insert($0) }
        taken.append(sketch.insert(1, count: 0))
        #expect(!taken.contains(true))
        #expect(sketch.quantile(0.5) == nil)
        _ = sketch.insert(1)
        for quantile in [-0.1, 1.1, .nan] { #expect(sketch.quantile(quantile) == nil) }
    }

    @Test("a merger is the sketch of all values, in any order", arguments: Distribution.allCases)
    func merges(distribution: Distribution) {
        var random = RandomSource(seed: 4)
        var whole = DDSketch()
        var parts = (0..<5).map { _ in DDSketch() }
        for _ in 0..<3_000 {
            let value = distribution.draw(&random)
            _ = whole.insert(value)
            _ = parts[random.below(5)].insert(value)
        }
        var merged = DDSketch()
        for part in parts.shuffled(using: &random) { merged.merge(part) }
        #expect(merged == whole)
    }

    @Test("a sketch that ran out of bins keeps its high quantiles and its size")
    func collapse() {
        var sketch = DDSketch()
        var values: [Double] = []
        for exponent in -300..<300 {
            for step in 0..<20 {
                let value = pow(10, Double(exponent) + Double(step) / 20)
                values.append(value)
                _ = sketch.insert(value)
            }
        }
        values.sort()
        for quantile in [0.97, 0.99, 1] {
            #expect(isClose(sketch.quantile(quantile), values[Int(quantile * Double(values.count - 1))]))
        }
        #expect(sketch.memoryFootprint <= 2 * 2_049 * 12)
    }

    @Test("what is written is read back", arguments: Distribution.allCases)
    func roundTrip(distribution: Distribution) throws {
        var random = RandomSource(seed: 8)
        var sketch = DDSketch()
        for _ in 0..<500 { _ = sketch.insert(distribution.draw(&random), count: Int64(1 + random.below(9))) }
        #expect(try DDSketch(serialized: sketch.serialized()) == sketch)
        #expect(try DDSketch(serialized: DDSketch().serialized()) == DDSketch())
    }

    @Test("bytes that are no sketch are refused, and no bytes trap")
    func corrupted() throws {
        var sketch = DDSketch()
        for value in [1.0, 2, 3, -4, 0] { _ = sketch.insert(value) }
        let good = sketch.serialized()
        for length in 0..<good.count {
            #expect(throws: Fault.self) { try DDSketch(serialized: Array(good.prefix(length))) }
        }
        #expect(throws: Fault.self) { try DDSketch(serialized: good + [0]) }
        #expect(throws: Fault.self) { try DDSketch(serialized: [9] + good.dropFirst()) }
        var random = RandomSource(seed: 2)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            guard var read = try? DDSketch(serialized: bytes) else { continue }
            for quantile in [0, 0.5, 1] { #expect(read.quantile(quantile)?.isFinite == true || read.count == 0) }
            read.merge(read)
        }
    }
}
