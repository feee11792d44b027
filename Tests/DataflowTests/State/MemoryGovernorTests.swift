import Testing

@testable import Dataflow

@Suite("the governor of memory")
struct MemoryGovernorTests {
    @Test("nobody spills while the sum is within the budget")
    func within() {
        let governor = MemoryGovernor(budget: 1_000)
        let (first, second) = (governor.register(), governor.register())
        #expect(governor.report(first, bytes: 400, spillable: 400) == 0)
        #expect(governor.report(second, bytes: 600, spillable: 600) == 0)
        #expect(governor.report(first, bytes: 400, spillable: 400) == 0)
    }

    @Test("beyond it the one that can free most frees the excess and an eighth of the budget")
    func largest() {
        let governor = MemoryGovernor(budget: 1_000)
        let (first, second) = (governor.register(), governor.register())
        #expect(governor.report(first, bytes: 700, spillable: 600) == 0)
        #expect(governor.report(second, bytes: 400, spillable: 400) == 0)
        #expect(governor.report(first, bytes: 700, spillable: 600) == 100 + 125)
        // It has done so: there is room again.
        #expect(governor.report(first, bytes: 475, spillable: 375) == 0)
        #expect(governor.report(second, bytes: 400, spillable: 400) == 0)
    }

    @Test("what cannot be freed counts, and nobody is asked for more than it has")
    func unspillable() {
        let governor = MemoryGovernor(budget: 1_000)
        let (first, second) = (governor.register(), governor.register())
        #expect(governor.report(first, bytes: 2_000, spillable: 0) == 0)
        #expect(governor.report(second, bytes: 300, spillable: 200) == 200)
        #expect(governor.report(second, bytes: 100, spillable: 0) == 0)
    }

    @Test("one that does not report does not keep the others from freeing what they must")
    func silent() {
        let governor = MemoryGovernor(budget: 1_000)
        let (silent, busy) = (governor.register(), governor.register())
        #expect(governor.report(silent, bytes: 900, spillable: 900) == 0)
        #expect(governor.report(busy, bytes: 200, spillable: 200) == 0)
        #expect(governor.report(busy, bytes: 300, spillable: 300) == 300)
    }

    @Test("before a checkpoint copies state, half of the budget must do, for every one that has state")
    func copied() {
        let governor = MemoryGovernor(budget: 1_000)
        let (first, second) = (governor.register(), governor.register())
        #expect(governor.report(first, bytes: 500, spillable: 500, isToBeCopied: true) == 0)
        #expect(governor.report(second, bytes: 400, spillable: 400) == 0)
        #expect(governor.report(second, bytes: 400, spillable: 400, isToBeCopied: true) == 400)
        #expect(governor.report(second, bytes: 0, spillable: 0, isToBeCopied: true) == 0)
    }

    @Test("whatever holders report, what they are asked for brings the sum to the budget")
    func converges() {
        for holders in 1...5 {
            let governor = MemoryGovernor(budget: 10_000)
            let numbers = (0..<holders).map { _ in governor.register() }
            var held = numbers.map { _ in 0 }
            for round in 0..<200 {
                let holder = (round * 7 + round / 3) % holders
                held[holder] += 300 + 40 * holder
                held[holder] -= governor.report(numbers[holder], bytes: held[holder], spillable: held[holder])
                #expect(held.reduce(0, +) <= 10_000 + 10_000 / 8 + 300 + 40 * holders, "\(holders), \(round)")
            }
        }
    }
}
