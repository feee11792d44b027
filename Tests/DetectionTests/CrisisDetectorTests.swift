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
