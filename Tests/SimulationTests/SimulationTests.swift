import Testing

@testable import Simulation

@Suite("The simulation")
struct SimulationTests {
    @Test("what the oracle expects comes out, whatever goes wrong", arguments: 0..<30)
    func seeds(seed: UInt64) {
        let outcome = Simulation.run(seed: seed)
        #expect(outcome.violations.isEmpty, "SEED=\(seed) CRASH_AT=\(outcome.crashPoints)")
    }

    @Test("one seed is one run", arguments: 0..<10)
    func repeatable(seed: UInt64) {
        let first = Simulation.run(seed: seed)
        let second = Simulation.run(seed: seed)
        #expect(first.hash == second.hash)
        #expect(first.points == second.points)
    }

    @Test("seeds differ, die, and take checkpoints")
    func variety() {
        let outcomes = (UInt64(0)..<10).map { Simulation.run(seed: $0) }
        #expect(Set(outcomes.map(\.hash)).count == 10)
        #expect(outcomes.contains { $0.crashPoints.count > 1 })
        #expect(outcomes.contains { $0.checkpoints > 5 })
    }

    @Test("a message that the log does not lead to is seen")
    func violation() {
        let outcome = Simulation.run(seed: 3) { $0.receiver.receive(foreign: 1_000_000) }
        #expect(!outcome.violations.isEmpty)
    }

    @Test("a process that dies where something becomes durable or visible loses nothing")
    func killPoints() {
        var points = KillPoints()
        points.run(seed: 1, visitsMax: 1)
        #expect(points.failed.isEmpty, "\(points.failed)")
        #expect(points.places.count >= 10)
    }

    @Test("damaged state is recovered, passed over or refused, never taken for what it is not")
    func mutations() {
        var mutations = Mutations(seed: 1)
        mutations.run(seed: 1, count: 200)
        #expect(mutations.silentlyWrong.isEmpty, "\(mutations.silentlyWrong)")
        #expect(mutations.refused + mutations.older > 50)
    }
}
