import Testing

@testable import Operators

@Suite("When open windows are shown early")
struct EmissionClockTests {
    private static let millisecond: Int64 = 1_000_000

    @Test("once an interval, at its multiples, whenever the clock is looked at")
    func multiples() throws {
        var clock = try #require(EmissionClock(every: 100_000))
        let due = [130, 140, 199, 204, 299, 300, 301, 650, 699, 700].filter { clock.isDue($0 * Self.millisecond) }
        #expect(due == [130, 204, 300, 650, 700])
    }

    @Test("a second half waits for what the first ones send, but never for more than half an interval")
    func halves() throws {
        var clock = try #require(EmissionClock(every: 100_000, isBehindHalves: true))
        #expect([130, 200, 219, 220, 300, 320].filter { clock.isDue($0 * Self.millisecond) } == [130, 220, 320])
        var fast = try #require(EmissionClock(every: 10_000, isBehindHalves: true))
        #expect([9, 10, 14, 15, 24, 25].filter { fast.isDue($0 * Self.millisecond) } == [9, 15, 25])
        #expect(EmissionClock(every: nil).map { _ in true } == nil)
    }
}
