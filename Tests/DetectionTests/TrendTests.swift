import Primitives
import Testing

@testable import Detection

@Suite("Terms that burst")
struct TrendTests {
    @Test("what is left after windows without a term is the product of what each leaves", arguments: [2.0, 12, 300])
    func survival(halfLife: Double) {
        let rate = ForgettingRate(window: 1, halfLife: halfLife)
        for from in 0..<20 as Range<UInt32> {
            var left = 1.0
            for to in from..<600 {
                if to > from { left *= 1 - rate.weight(to) }
                #expect(abs(rate.survival(from: from, to: to) - left) < 1e-9)
            }
        }
    }

    @Test("a level is the mean and variance of all windows, and windows without the term are caught up with at once")
    func levels() {
        let rate = ForgettingRate(window: 1, halfLife: 1_000)
        let counts: [Double] = [4, 0, 0, 7, 0, 1, 0, 0, 0, 12]
        var (level, stepped) = (BurstLevel(), BurstLevel())
        for (window, count) in counts.enumerated() {
            let window = UInt32(window)
            stepped.insert(count, window: window, rate)
            guard count > 0 else { continue }
            level = level.idle(until: window == 0 ? 0 : window - 1, rate)
            level.insert(count, window: window, rate)
        }
        let mean = counts.reduce(0, +) / 10
        let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10
        for level in [level, stepped] {
            #expect(abs(Double(level.mean) - mean) < 1e-5 && abs(Double(level.variance) - variance) < 1e-4)
        }
        #expect(abs(level.score(10, least: 1) - (10 - mean) / variance.squareRoot()) < 1e-4)
        #expect(BurstLevel().score(9, least: 4) == 2.5)
    }

    @Test("counts are exact up to the capacity; beyond, none is too high or lacks more than it says")
    func counting() {
        var random = RandomSource(seed: 5)
        var counter = TermCounter(capacity: 1_000)
        var counts: [UInt64: Int] = [:]
        func count(_ term: UInt64) {
            counts[term, default: 0] += 1
            _ = counter.insert(Hashing.mix(term), count: 1, first: Int64(counts.count))
        }
        for _ in 0..<20_000 { count(UInt64(random.below(1_000))) }
        var seen = 0
        for (term, count) in counts {
            guard let place = counter.place(Hashing.mix(term)) else { continue }
            seen += Int(counter[place].count) == count ? 1 : 0
        }
        #expect(seen == counts.count && counter.missed == 0 && counter.count == counts.count)

        for step in 0..<100_000 { count(step % 10 == 0 ? UInt64(step % 7) : UInt64(1_000 + step)) }
        #expect(counter.count <= 1_000 && counter.missed > 0 && counter.mentions == 120_000)
        for term in 0..<7 as Range<UInt64> where term != 3 {
            let found = counter.place(Hashing.mix(term)).map { Int(counter[$0].count) }
            #expect(found == counts[term], "what comes all the time is exact")
        }
        for (term, count) in counts {
            let found = counter.place(Hashing.mix(term)).map { Int(counter[$0].count) } ?? 0
            #expect(found <= count && found + Int(counter.missed) >= count)
        }
    }

    @Test("with three of five places in use hardly a count is lost, and of those that are there none is wrong")
    func compact() {
        var random = RandomSource(seed: 11)
        var counts = CompactCounts(capacity: 100_000)
        let terms = (0..<60_000).map { (hash: random.next(), count: UInt32($0 % 3 + 1)) }
        var lost = 0
        for term in terms { lost += counts.insert(term.hash, count: term.count) > 0 ? 1 : 0 }
        #expect(lost < 60, "\(lost) were lost")
        #expect(terms.count { counts[$0.hash] == $0.count } >= terms.count - lost)
        for term in terms.prefix(1_000) { #expect([0, term.count].contains(counts.take(term.hash))) }
        #expect(terms.prefix(1_000).allSatisfy { counts[$0.hash] == 0 })
        // With no room left the least go.
        for step in 0..<200_000 as Range<UInt64> { _ = counts.insert(Hashing.mix(step &+ 1 << 40), count: 9) }
        #expect(counts.insert(random.next(), count: 4) == 4 && counts.insert(random.next(), count: 10) == 9)
    }

    @Test("what a term had counted is learnt, whether it still has its counter when the window ends or not")
    func losers() {
        let rate = ForgettingRate(window: 1, halfLife: 1_000)
        var ranking = BurstRanking(TermBaselines(capacity: 10_000, rate: rate), least: 1, above: 0)
        let rare = Hashing.mix(99)
        for window in 0..<4 as Range<UInt32> {
            var counter = TermCounter(capacity: 100)
            _ = counter.insert(rare, count: window == 0 ? 9 : 1, first: 0)
            for term in 1_000..<1_250 as Range<UInt64> { _ = counter.insert(Hashing.mix(term), count: 1, first: 0) }
            #expect(counter.hasLosers && (window == 0 || counter.place(rare) == nil))
            _ = ranking.close(counter, window: window, most: 3)
        }
        #expect(abs(ranking.baselines.level(rare, before: 4).mean - 3) < 1e-5)
    }

    @Test("a term that loses its counter gives its record back")
    func orphans() {
        var counter = TermCounter(capacity: 4)
        for term in 1...4 as ClosedRange<UInt64> {
            let place = counter.insert(term << 40, count: term == 2 ? 9 : 1, first: 0)
            counter.setRecord(UInt32(term), at: place)
        }
        _ = counter.insert(77 << 40, count: 1, first: 0)
        #expect(counter.takeOrphans().sorted() == [1, 3, 4] && counter.count == 2 && !counter.hasOrphans)
    }

    @Test("hashed levels are never below what they were told, and come back from their bytes")
    func hashed() throws {
        let rate = ForgettingRate(window: 1, halfLife: 50)
        var random = RandomSource(seed: 8)
        var hashed = HashedLevels(width: 10_000)
        var told: [UInt64: BurstLevel] = [:]
        for window in 1..<200 as Range<UInt32> {
            for _ in 0..<20 {
                let level = BurstLevel(
                    mean: Float(random.unit() * 9), variance: Float(random.unit() * 20), window: window)
                let hash = random.next()
                told[hash] = level
                hashed.insert(hash, level, rate)
            }
        }
        var exact = 0
        var copy = HashedLevels(width: 10_000)
        for piece in 0..<hashed.pieces { try copy.restore(hashed.serialized(piece), piece: piece) }
        for (hash, level) in told {
            let known = hashed.level(hash, at: 300, rate)
            let expected = level.idle(until: 300, rate)
            #expect(known.mean >= expected.mean * 0.999 && copy.level(hash, at: 300, rate) == known)
            exact += known.mean <= expected.mean * 1.001 ? 1 : 0
        }
        #expect(exact > told.count * 9 / 10)
        #expect(throws: Fault.self) { try copy.restore([1, 2, 3], piece: 0) }
        #expect(throws: Fault.self) { try copy.restore(hashed.serialized(0), piece: 99) }
    }

    @Test("with room for a tenth of the terms those that matter keep their levels")
    func crowded() {
        let rate = ForgettingRate(window: 1, halfLife: 20)
        var ranking = BurstRanking(TermBaselines(capacity: 1_000, rate: rate), least: 5, above: 0)
        var roomy = BurstRanking(TermBaselines(capacity: 1_000_000, rate: rate), least: 5, above: 0)
        var random = RandomSource(seed: 3)
        for window in 0..<30 as Range<UInt32> {
            var counter = TermCounter(capacity: 100_000)
            for term in 0..<200 as Range<UInt64> {
                _ = counter.insert(Hashing.mix(term), count: UInt32(20 + random.below(30)), first: 0)
            }
            for _ in 0..<2_000 { _ = counter.insert(random.next(), count: 1, first: 0) }
            if window == 29 { _ = counter.insert(Hashing.mix(1_234_567), count: 80, first: 0) }
            let (found, expected) = (
                ranking.close(counter, window: window, most: 20), roomy.close(counter, window: window, most: 20)
            )
            #expect(found.map(\.hash) == expected.map(\.hash) && found.map(\.score) == expected.map(\.score))
            #expect((window == 0) == found.isEmpty)
            if window == 29 { #expect(found.first?.hash == Hashing.mix(1_234_567)) }
        }
        #expect(ranking.baselines.count <= 1_000)
    }

    @Test(
        "terms of which one is enough",
        arguments: [
            ("world_cup", 10, "WorldCup", 3, true), ("york times", 90, "new york times", 80, true),
            ("york times", 90, "new york times", 50, false), ("york times", 90, "times square", 90, false),
            ("in new york", 90, "new york is", 95, true), ("york", 90, "new york", 85, true), ("a", 9, "b", 9, false),
        ])
    func likeness(left: String, leftCount: UInt32, right: String, rightCount: UInt32, isSame: Bool) {
        #expect(TermLikeness.isSame(Array(left.utf8), leftCount, Array(right.utf8), rightCount) == isSame)
        #expect(TermLikeness.isSame(Array(right.utf8), rightCount, Array(left.utf8), leftCount) == isSame)
    }
}
