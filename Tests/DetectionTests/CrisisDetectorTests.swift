import Glibc
import Primitives
import Testing

@testable import Detection

@Suite("crisis detector, in bytes")
struct CrisisDetectorTests {
    private static func minute(_ random: inout RandomSource) -> CrisisMinute {
        var minute = CrisisMinute()
        minute.posts = Int64(random.below(40))
        minute.scored = minute.posts
        minute.negative = Int64(random.below(Int(minute.posts) + 1))
        minute.followers = Int64(random.below(1 << 40))
        for _ in 0..<random.below(30) { minute.countText(UInt64(random.below(9)), times: 2) }
        return minute
    }

    @Test("what was read back goes on as what was written")
    func roundTrip() throws {
        var random = RandomSource(seed: 4)
        var detector = CrisisDetector()
        #expect(try CrisisDetector(serialized: detector.serialized()).serialized() == detector.serialized())
        for index in 0..<3_000 {
            let minute = Self.minute(&random)
            #expect(try CrisisMinute(serialized: minute.serialized()) == minute)
            let time = Int64(index * (1 + random.below(2))) * CrisisDetector.minute
            if index % 500 == 499 {
                var other = try CrisisDetector(serialized: detector.serialized())
                #expect(other.insert(minute, at: time) == detector.insert(minute, at: time))
                detector = other
            } else {
                _ = detector.insert(minute, at: time)
            }
        }
    }

    @Test("what the version before the spread of minutes wrote is read, and goes on")
    func earlierVersion() throws {
        var random = RandomSource(seed: 6)
        var detector = CrisisDetector()
        for index in 0..<90 { _ = detector.insert(Self.minute(&random), at: Int64(index) * CrisisDetector.minute) }
        // In less than a day nothing is learnt of it, so that both know as much.
        let earlier = [1] + detector.serialized().dropFirst().dropLast(40)
        var read = try CrisisDetector.read(earlier)
        #expect(read.serialized() == detector.serialized())
        let minute = Self.minute(&random)
        #expect(
            read.insert(minute, at: 95 * CrisisDetector.minute)
                == detector.insert(minute, at: 95 * CrisisDetector.minute))
        #expect(throws: Fault.self) { try CrisisDetector.read(Array(earlier.dropLast())) }
    }

    /// Three weeks of six posts a minute, with a post that 300 share within minutes every few hours, if ever; then how
    /// bad one more of these is.
    private static func severity(afterCascadesEvery cascade: Int?) -> CrisisSeverity {
        var random = RandomSource(seed: 8)
        var (detector, shares, worst) = (CrisisDetector(), 0.0, CrisisSeverity.none)
        let last = 21 * 1_440
        for index in 0...last + 20 {
            if index == last || cascade.map({ index > 0 && index % ($0 * 60) == 30 }) ?? false { shares = 120 }
            var minute = CrisisMinute()
            minute.posts = Int64(2 + random.below(9)) + Int64(shares)
            shares *= 0.6
            let evidence = detector.insert(minute, at: Int64(index) * CrisisDetector.minute)
            if index >= last { worst = max(worst, evidence.severity) }
        }
        return worst
    }

    @Test("what is a crisis of one brand is none where posts are shared by many in minutes every few hours")
    func cascades() {
        #expect(Self.severity(afterCascadesEvery: nil) == .critical)
        #expect(Self.severity(afterCascadesEvery: 24 * 7) == .critical)
        #expect(Self.severity(afterCascadesEvery: 5) < .critical)
    }

    @Test("the spread of minutes is none of chance, and one crisis does not make it large")
    func shortOverdispersion() throws {
        func poisson(_ mean: Double, _ random: inout RandomSource) -> Int64 {
            var (count, product, limit) = (Int64(0), random.unit(), exp(-mean))
            while product > limit { (count, product) = (count + 1, product * random.unit()) }
            return count
        }
        for mean in [0.05, 1.0, 20] {
            var random = RandomSource(seed: 2)
            var (all, some) = (ShortOverdispersion(), ShortOverdispersion())
            for index in 0..<21 * 1_440 {
                let isCrisis = (10_000..<10_120).contains(index)
                let count = poisson(isCrisis ? mean * 20 : mean, &random)
                all.insert(count, at: Int64(index) * CrisisDetector.minute) { _ in mean * 5 }
                if count > 0 { some.insert(count, at: Int64(index) * CrisisDetector.minute) { _ in mean * 5 } }
                if index == 9_999 { #expect(all.value(minutes: 5) < 0.02, "\(mean)") }
            }
            #expect(all.value(minutes: 5) < 0.2 && all.value(minutes: 60) < all.value(minutes: 5) / 3, "\(mean)")
            // Minutes without posts may be left out.
            #expect(abs(all.value(minutes: 5) - some.value(minutes: 5)) < 0.01)
        }
    }

    @Test("bytes cut short, lengthened or of another version are refused, and no byte traps")
    func damage() throws {
        var random = RandomSource(seed: 5)
        var detector = CrisisDetector()
        for index in 0..<90 { _ = detector.insert(Self.minute(&random), at: Int64(index) * CrisisDetector.minute) }
        let good = detector.serialized()
        for length in 0..<good.count {
            #expect(throws: Fault.self) { try CrisisDetector(serialized: Array(good.prefix(length))) }
        }
        #expect(throws: Fault.self) { try CrisisDetector(serialized: good + [0]) }
        #expect(throws: Fault.self) { try CrisisDetector(serialized: [9] + good.dropFirst()) }
        for _ in 0..<2_000 {
            var bytes = good
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            _ = try? CrisisDetector(serialized: bytes)
        }
    }
}
