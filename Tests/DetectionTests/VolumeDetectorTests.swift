import Primitives
import Testing

@testable import Detection

@Suite("volume detector")
struct VolumeDetectorTests {
    private static let step: Int64 = 300_000_000

    /// Counts with a daily course and some chance.
    private func counts(_ days: Int, seed: UInt64, mean: Double = 60) -> [Double] {
        var random = RandomSource(seed: seed)
        return (0..<days * 288).map { index in
            let isDay = (index % 288) > 100 && (index % 288) < 260
            let level = mean * (isDay ? 1.6 : 0.5)
            return (level * (0.7 + 0.6 * random.unit())).rounded()
        }
    }

    private func verdicts(_ values: [Double]) -> [VolumeDetector.Verdict] {
        var detector = VolumeDetector()
        return values.enumerated().map { detector.insert($1, at: Int64($0) * Self.step) }
    }

    @Test("a burst of ten times the usual is the highest score, in the value where it begins", arguments: [1, 2, 3, 4])
    func burst(seed: UInt64) {
        var values = counts(14, seed: seed)
        let start = 12 * 288 + 120
        for index in start..<start + 6 { values[index] = 1_000 }
        let verdicts = verdicts(values)
        let highest = verdicts.indices.dropFirst(500).max { verdicts[$0].score < verdicts[$1].score }
        #expect(highest == start)
        #expect(verdicts[start].score > 0.4)
    }

    @Test("the course of a day is no news once it is known")
    func daily() {
        let scores = verdicts(counts(21, seed: 5)).dropFirst(7 * 288).map(\.score)
        #expect(scores.count { $0 > 0.4 } <= 2)
    }

    @Test("a burst that lasts is news when it begins, and hardly after")
    func wake() {
        var values = counts(14, seed: 6)
        let start = 12 * 288 + 120
        for index in start..<start + 20 { values[index] = 1_000 - Double(index - start) * 30 }
        let verdicts = verdicts(values)
        #expect(verdicts[start..<start + 20].count { $0.score > 0.4 } <= 4)
        #expect(verdicts[start + 19].score < 0.4)
        #expect(verdicts[start + 1].surprise > 1)
    }

    @Test("a verdict depends on what came before alone")
    func noLookAhead() {
        let values = counts(6, seed: 7)
        let whole = verdicts(values)
        let part = verdicts(Array(values.prefix(1_000)))
        #expect(Array(whole.prefix(1_000)) == part)
    }

    @Test("a detector read from its bytes goes on as the one that was written")
    func bytes() throws {
        for taken in [0, 1, 10, 49, 50, 51, 700] {
            var detector = VolumeDetector()
            for (index, value) in counts(3, seed: 8).prefix(taken).enumerated() {
                _ = detector.insert(value, at: Int64(index) * Self.step)
            }
            var restored = try VolumeDetector(serialized: detector.serialized())
            #expect(restored == detector)
            for index in 0..<100 {
                let value = Double(index % 17)
                let time = Int64(taken + index) * Self.step
                #expect(restored.insert(value, at: time) == detector.insert(value, at: time))
            }
        }
    }

    @Test("what the first version wrote is read: levels of half-hours become those of hours")
    func firstVersion() throws {
        var detector = VolumeDetector()
        for (index, value) in counts(9, seed: 9).enumerated() {
            _ = detector.insert(value + 0.5, at: Int64(index) * Self.step)
        }
        var writer = ByteWriter()
        writer.append(UInt8(1))
        writer.append(Int64(detector.count))
        for value in [detector.slow, detector.recent, 0.7] + detector.scale.quartiles + [detector.scale.range] {
            writer.append(value)
        }
        writer.append(UInt8(0))
        for level in detector.levels.levels { for shift in [-1.0, 1] { writer.append(level + shift) } }
        for seen in detector.levels.seen { for lack in [0, 3] { writer.append(max(0, seen - Int32(lack))) } }
        for tail in detector.tails {
            writer.append(UInt16(tail.serialized().count))
            writer.append(tail.serialized())
        }
        for value in detector.wake { writer.append(value) }

        let read = try VolumeDetector.read(writer.bytes)
        #expect(read.count == detector.count && read.slow == detector.slow && read.wake == detector.wake)
        #expect(read.levels.seen == detector.levels.seen)
        for (slot, level) in read.levels.levels.enumerated() where read.levels.seen[slot] > 3 {
            #expect(abs(level - detector.levels.levels[slot]) < 1e-9)
        }
        #expect(Array(read.tails.prefix(2)) == Array(detector.tails.prefix(2)) && read.tails[2] == TailEstimate())
        #expect(try VolumeDetector.read(detector.serialized()) == detector)
        #expect(throws: Fault.self) { try VolumeDetector.read(Array(writer.bytes.dropLast())) }
        #expect(throws: Fault.self) { try VolumeDetector.read(writer.bytes + [0]) }
    }

    @Test("of a series that is mostly nothing a large burst is news, and a single post is not")
    func rareCounts() {
        var random = RandomSource(seed: 3)
        var values = (0..<21 * 288).map { _ in random.below(4) == 0 ? Double(1 + random.below(2)) : 0 }
        let start = 18 * 288
        values[start] = 40
        let verdicts = verdicts(values)
        let highest = verdicts.indices.dropFirst(500).max { verdicts[$0].score < verdicts[$1].score }
        #expect(highest == start && verdicts[start].score > 0.5)
        #expect(verdicts[7 * 288..<start].allSatisfy { $0.score < verdicts[start].score * 0.8 })
    }

    @Test("damaged bytes are refused")
    func damaged() {
        let bytes = VolumeDetector().serialized()
        #expect(throws: Fault.self) { try VolumeDetector(serialized: []) }
        #expect(throws: Fault.self) { try VolumeDetector(serialized: Array(bytes.dropLast())) }
        #expect(throws: Fault.self) { try VolumeDetector(serialized: bytes + [0]) }
        #expect(throws: Fault.self) { try VolumeDetector(serialized: [9] + bytes.dropFirst()) }
    }

    @Test("constant, huge, tiny and endless values trap nothing")
    func extremes() {
        let extremes: [Double] = [
            0, 1e300, -1e300, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity, .nan, -.infinity, 1, 0,
        ]
        var detector = VolumeDetector()
        for round in 0..<100 {
            for value in extremes {
                let verdict = detector.insert(value, at: round % 2 == 0 ? .max : .min)
                #expect((0...1).contains(verdict.score) && verdict.surprise.isFinite)
            }
        }
    }
}
