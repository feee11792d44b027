import Testing

@testable import Dataflow

@Suite("When a sink wants its rows committed")
struct CommitDemandTests {
    private static let millisecond: Int64 = 1_000_000

    @Test("a moment after the last row, or after the first where more keep coming")
    func moments() {
        var demand = CommitDemand()
        #expect(!demand.isDue(now: 0))
        demand.add(bytes: 1, now: 0)
        #expect(!demand.isDue(now: 9 * Self.millisecond))
        #expect(demand.isDue(now: 10 * Self.millisecond))
        for moment in 1...9 { demand.add(bytes: 1, now: Int64(moment) * 5 * Self.millisecond) }
        #expect(!demand.isDue(now: 49 * Self.millisecond))
        #expect(demand.isDue(now: 50 * Self.millisecond))
        demand.reset()
        #expect(!demand.isDue(now: 90 * Self.millisecond))
    }

    @Test("at once when too many are held")
    func many() {
        var demand = CommitDemand()
        demand.add(bytes: CommitDemand.bytesMax - 1, now: 0)
        #expect(!demand.isDue(now: 0))
        demand.add(bytes: 1, now: 0)
        #expect(demand.isDue(now: 0))
    }
}
