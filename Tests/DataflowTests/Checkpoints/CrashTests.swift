import Primitives
import Testing

@testable import Dataflow

@Suite("A crash or a failing disk at any operation of a commit")
struct CrashTests {
    private func store(_ disk: SimulatedDisk) throws(Fault) -> LocalCheckpointStore {
        try LocalCheckpointStore(disk: disk, directory: "state", pipeline: StoreModel.pipeline, diskBudget: nil)
    }

    private func read(_ disk: SimulatedDisk, seed: UInt64) throws(Fault) -> StoreModel.Expectation? {
        let store = try store(disk)
        defer { store.close() }
        return try StoreReading.read(store, keyColumns: StoreModel(seed: seed).keyColumns)
    }

    private static let commits = 10

    /// Commits until the disk fails.
    /// - Returns: what the last commit that returned, and the one that may or may not have been made, are worth.
    private func run(
        _ disk: SimulatedDisk, seed: UInt64
    ) -> (sure: StoreModel.Expectation?, open: StoreModel.Expectation?, fault: Fault?) {
        var model = StoreModel(seed: seed)
        var sure: StoreModel.Expectation?
        var open: StoreModel.Expectation?
        var store: LocalCheckpointStore?
        defer { store?.close() }
        do throws(Fault) {
            let made = try self.store(disk)
            store = made
            _ = try made.open(report: { _ in })
            for _ in 0..<Self.commits {
                let draft = model.next(rowsMost: 5)
                open = model.expectation
                try made.commit(draft)
                sure = open
                try made.maintain()
            }
            let amended = model.amended()
            open = model.expectation
            try made.amend(amended.head, sinks: amended.sinks)
            sure = open
        } catch {
            // Nothing is written after a failure: what comes next says the same.
            let operations = disk.operationCount
            let again = model.next()
            #expect(throws: error) { try store?.commit(again) }
            #expect(throws: error) { try store?.maintain() }
            #expect(disk.operationCount == operations)
            return (sure, open, error)
        }
        return (sure, open, nil)
    }

    @Test(
        "what was committed is there, whatever happens at any operation",
        arguments: SimulatedDisk.Trouble.allCases, UInt64(1)...2)
    func everyOperation(trouble: SimulatedDisk.Trouble, seed: UInt64) throws {
        let calm = SimulatedDisk(seed: seed)
        #expect(run(calm, seed: seed).fault == nil)
        #expect(calm.operationCount > 100)
        for name in ["merged-", "amended-"] {
            #expect(calm.operations.contains { $0.path.contains(name) }, "nothing was \(name)")
        }
        for operation in 0..<calm.operationCount {
            let disk = SimulatedDisk(seed: seed &* 1_000 &+ UInt64(operation))
            disk.fail(at: operation, with: trouble)
            let (sure, open, fault) = run(disk, seed: seed)
            let place = "seed \(seed), \(trouble) at \(operation), \(calm.operations[operation])"
            #expect(fault != nil, "\(place): the failure was not seen")
            disk.crash()
            let found = try read(disk, seed: seed)
            #expect(found == sure || found == open, "\(place): \(found?.epoch ?? 0) after \(sure?.epoch ?? 0)")
        }
    }

    @Test("what a run found after the one before was killed outlasts a loss of power", arguments: UInt64(1)...2)
    func killed(seed: UInt64) throws {
        let calm = SimulatedDisk(seed: seed)
        _ = run(calm, seed: seed)
        for operation in 0..<calm.operationCount {
            for trouble in [SimulatedDisk.Trouble.diesBefore, .diesAfter] {
                let disk = SimulatedDisk(seed: seed &* 1_000 &+ UInt64(operation))
                disk.fail(at: operation, with: trouble)
                let (sure, open, _) = run(disk, seed: seed)
                let place = "seed \(seed), \(trouble) at \(operation), \(calm.operations[operation])"
                disk.restart()
                let found = try read(disk, seed: seed)
                #expect(found == sure || found == open, "\(place)")
                disk.crash()
                #expect(try read(disk, seed: seed) == found, "\(place)")
            }
        }
    }

    @Test("after a crash the folder goes on from where it stood", arguments: UInt64(1)...10)
    func goesOn(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        var random = RandomSource(seed: seed)
        var model = StoreModel(seed: seed)
        var kept = model
        for _ in 0..<30 {
            disk.fail(at: disk.operationCount + random.below(60), with: .diesWithin)
            let store = try store(disk)
            do throws(Fault) {
                guard try StoreReading.read(store, keyColumns: model.keyColumns) == kept.expectation || kept.epoch == 0
                else {
                    throw Fault("test.lost", "another state came back")
                }
                while true {
                    try store.commit(model.next(rowsMost: 12))
                    kept = model
                    try store.maintain()
                }
            } catch {
                #expect(error.code == "disk.dead", "seed \(seed): \(error)")
            }
            store.close()
            disk.crash()
            let found = try read(disk, seed: seed)
            #expect(found == kept.expectation || found == model.expectation || kept.epoch == 0, "seed \(seed)")
            if found == model.expectation { kept = model } else { model = kept }
        }
    }
}
