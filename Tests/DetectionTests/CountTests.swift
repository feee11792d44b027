import Glibc
import Primitives
import Testing

@testable import Detection

@Suite("surprise of counts, shifts of shares and levels")
struct CountTests {
    @Test("the tail of a Poisson distribution, against sums of its probabilities", arguments: [0.3, 1, 4.5, 40])
    func poisson(mean: Double) {
        for count in [1.0, 3, 10, 60, 90] where count > mean {
            var tail = 1.0
            var term = exp(-mean)
            for below in 0..<Int(count) {
                tail -= term
                term *= mean / Double(below + 1)
            }
            guard tail > 1e-10 else { continue }
            let surprise = CountSurprise.ofExcess(count, expected: mean)
            #expect(abs(surprise + log10(tail)) < 1e-4, "\(count) where \(mean) are expected")
        }
    }

    @Test("overdispersion makes the same count less surprising, and none of it is the Poisson tail")
    func overdispersion() {
        let surprises = [0, 1e-9, 0.05, 0.5].map {
            CountSurprise.ofExcess(60, expected: 20, overdispersion: $0)
        }
        #expect(abs(surprises[0] - surprises[1]) < 0.01)
        #expect(surprises[0] > surprises[2] && surprises[2] > surprises[3] && surprises[3] > 0)
        #expect(CountSurprise.ofExcess(20, expected: 20) == 0)
        #expect(CountSurprise.ofExcess(1e9, expected: 1) == 300)
        #expect(CountSurprise.ofExcess(1, expected: 0) == 300)
    }

    @Test("a z-score of a count has the variance of one")
    func zScore() {
        var random = RandomSource(seed: 3)
        var (sum, squares) = (0.0, 0.0)
        for _ in 0..<4_000 {
            var (count, product, limit) = (0.0, random.unit(), exp(-9.0))
            while product > limit {
                product *= random.unit()
                count += 1
            }
            limit = CountSurprise.zScore(count, expected: 9)
            sum += limit
            squares += limit * limit
        }
        #expect(abs(sum / 4_000) < 0.1 && abs(squares / 4_000 - 1) < 0.1)
    }

    @Test("a share that has not moved is no shift, one that has is, and a handful of posts proves nothing")
    func shares() {
        #expect(abs(ProportionShift(matching: 22, of: 100, usualMatching: 2_200, of: 10_000).zScore) < 0.2)
        #expect(ProportionShift(matching: 71, of: 100, usualMatching: 2_200, of: 10_000).zScore > 10)
        #expect(ProportionShift(matching: 1, of: 100, usualMatching: 2_200, of: 10_000).zScore < -4)
        #expect(ProportionShift(matching: 3, of: 3, usualMatching: 2_200, of: 10_000).zScore < 4)
        #expect(ProportionShift(matching: 0, of: 0, usualMatching: 0, of: 0).zScore == 0)
        // The binomial tail of 3 or more of 3 at one half is one eighth.
        let half = ProportionShift(matching: 3, of: 3, usualMatching: 50_000, of: 100_000)
        #expect(abs(half.surprise + log10(0.125)) < 1e-4)
        #expect(ProportionShift(matching: 10, of: 15, usualMatching: 200, of: 1_000).surprise < 4.5)
        #expect(ProportionShift(matching: 10, of: 100, usualMatching: 200, of: 1_000).surprise == 0)
    }

    @Test("a baseline that forgets follows the level and its variance")
    func exponential() throws {
        var random = RandomSource(seed: 4)
        var baseline = ExponentialBaseline()
        for index in 0..<3_000 {
            let level = index < 2_000 ? 10.0 : 30.0
            baseline.insert(level + random.unit() * 6 - 3, at: Int64(index), halfLife: 50)
        }
        #expect(abs(baseline.mean - 30) < 1 && abs(baseline.variance - 3) < 1)
        #expect(try ExponentialBaseline(serialized: baseline.serialized()) == baseline)
        var (one, two, both) = (ExponentialBaseline(), ExponentialBaseline(), ExponentialBaseline())
        for index in 0..<100 {
            let value = random.unit()
            both.insert(value, at: 5, halfLife: 50)
            if index % 3 == 0 { one.insert(value, at: 5, halfLife: 50) } else { two.insert(value, at: 5, halfLife: 50) }
        }
        one.merge(two)
        #expect(abs(one.mean - both.mean) < 1e-9 && abs(one.variance - both.variance) < 1e-9)
    }

    @Test("a cumulative sum says that a level has shifted, and since when")
    func cumulativeSum() throws {
        var sum = CumulativeSum()
        for time in 0..<100 { sum.insert(time % 2 == 0 ? 0.4 : -0.4, at: Int64(time)) }
        #expect(sum.shift() == nil)
        for time in 100..<108 { sum.insert(1.5, at: Int64(time)) }
        #expect(sum.shift()?.isUpward == true && sum.shift()?.since == 100)
        #expect(try CumulativeSum(serialized: sum.serialized()) == sum)
        sum.reset()
        for time in 0..<8 { sum.insert(-1.5, at: Int64(time)) }
        #expect(sum.shift()?.isUpward == false)
    }

    @Test("a seasonal baseline learns the hours of the week, and leans on the day while it knows little")
    func seasonal() throws {
        let hour: Int64 = 3_600_000_000
        var baseline = SeasonalBaseline()
        func usual(_ index: Int) -> Double { (index % 24 < 8 ? 10 : 50) * (index / 24 % 7 == 3 ? 3 : 1) }
        for index in 0..<24 * 7 * 6 { baseline.insert(usual(index), at: Int64(index) * hour) }
        for index in 24 * 7 * 6..<24 * 7 * 7 {
            let expected = baseline.expected(at: Int64(index) * hour)
            #expect(abs(expected - usual(index)) < 0.45 * usual(index), "hour \(index)")
        }
        #expect(SeasonalBaseline.hourOfWeek(0) == 3 * 24)
        #expect(SeasonalBaseline.hourOfWeek(-hour) == 3 * 24 - 1)
        #expect(try SeasonalBaseline(serialized: baseline.serialized()) == baseline)
        var other = SeasonalBaseline()
        other.merge(baseline)
        #expect(abs(other.expected(at: 0) - baseline.expected(at: 0)) < 1e-3)
    }

    @Test("the tail of what was seen reaches beyond it, and further where it is heavier")
    func tails() throws {
        let settings = TailEstimate.Settings(tail: 0.05, decay: 0.9999, prior: 0.25)
        var random = RandomSource(seed: 5)
        var (light, heavy) = (TailEstimate(), TailEstimate())
        for _ in 0..<5_000 {
            light.insert(random.unit() + random.unit() + random.unit(), settings)
            heavy.insert(pow(random.unit() + 1e-9, -0.7), settings)
        }
        let half = heavy.probability(pow(0.5, -0.7), settings)
        #expect(abs(half - 0.5) < 0.06)
        let rare = heavy.probability(pow(0.001, -0.7), settings)
        #expect(rare > 0.0003 && rare < 0.003)
        #expect(light.probability(12, settings) < 1e-4)
        #expect(heavy.probability(300, settings) > light.probability(12, settings))
        #expect(try TailEstimate(serialized: heavy.serialized()) == heavy)
    }
}
