import Columnar
import Primitives
import Testing

@testable import Dataflow

@Suite("Checkpoints in a folder")
struct CheckpointStoreTests {
    private func store(_ disk: SimulatedDisk) throws -> LocalCheckpointStore {
        try LocalCheckpointStore(disk: disk, directory: "state", pipeline: StoreModel.pipeline, diskBudget: nil)
    }

    @Test("an empty folder has no checkpoint")
    func empty() throws {
        #expect(try store(SimulatedDisk(seed: 1)).open(report: { _ in })?.head.epoch == nil)
    }

    @Test("what was committed comes back, of any schema, merged or not", arguments: UInt64(1)...30)
    func roundTrip(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        var model = StoreModel(seed: seed, subtasks: 1 + Int(seed % 3))
        var writer = try store(disk)
        #expect(try StoreReading.read(writer, keyColumns: model.keyColumns) == nil)
        for step in 0..<30 {
            if step == 12 { model.widen() }
            try writer.commit(model.next(isWhole: step == 20, rowsMost: step < 10 ? 60 : 9))
            if step % 7 == 6 {
                let amended = model.amended()
                try writer.amend(amended.head, sinks: amended.sinks)
            }
            if step % 4 != 0 { try writer.maintain() }
            guard step % 5 == 4 else { continue }
            writer.close()
            writer = try store(disk)
            let found = try StoreReading.read(writer, keyColumns: model.keyColumns)
            #expect(found == model.expectation, "seed \(seed), step \(step)")
        }
        #expect(disk.operations.contains { $0.path.contains("merged-") }, "nothing was merged")
    }

    @Test("a second run on the folder is refused")
    func locked() throws {
        let disk = SimulatedDisk(seed: 1)
        let first = try store(disk)
        #expect { try store(disk) } throws: { ($0 as? Fault)?.code == "state.in_use" }
        first.close()
        _ = try store(disk)
    }

    @Test("a folder that has lost every checkpoint is not taken for an empty one")
    func lost() throws {
        let disk = SimulatedDisk(seed: 1)
        var model = StoreModel(seed: 1)
        let first = try store(disk)
        try first.commit(model.next())
        first.close()
        for path in disk.paths where path.contains("manifest-") { disk.put(path, nil) }
        let reader = try store(disk)
        #expect { try reader.open(report: { _ in }) } throws: { ($0 as? Fault)?.code == "state.unreadable" }
    }

    @Test("a damaged merged block is found before what it was made of is removed", arguments: UInt64(1)...5)
    func merged(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        var model = StoreModel(seed: seed)
        let writer = try store(disk)
        while !disk.paths.contains(where: { $0.contains("merged-") }) {
            try writer.commit(model.next(rowsMost: 9))
            try writer.maintain()
        }
        var known = [model.expectation]
        for path in disk.paths where path.contains("merged-") {
            guard var bytes = disk.contents(path) else { continue }
            bytes[bytes.count / 2] ^= 4
            disk.put(path, bytes)
        }
        // All goes well only where changes drop the bucket that was merged.
        do throws(Fault) {
            for _ in 0..<3 {
                try writer.commit(model.next(rowsMost: 2))
                known.append(model.expectation)
                try writer.maintain()
            }
        } catch {
            #expect(error.code == "state.damaged")
        }
        writer.close()
        let found = try StoreReading.read(try store(disk), keyColumns: model.keyColumns)
        #expect(known.contains { $0 == found })
    }

    @Test("a manifest of another version is refused, not passed over")
    func version() throws {
        let disk = SimulatedDisk(seed: 1)
        var model = StoreModel(seed: 1)
        let writer = try store(disk)
        for _ in 0..<2 { try writer.commit(model.next()) }
        writer.close()
        let path = "state/" + Manifest.name(2)
        var bytes = try #require(disk.contents(path))
        bytes[8] = 9
        let content = bytes[28..<bytes.count - 8]
        let checksum = content.withUnsafeBytes { Hashing.hash64($0, seed: 9) }
        withUnsafeBytes(of: checksum.littleEndian) { checksum in
            bytes.replaceSubrange(20..<28, with: checksum)
            bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: checksum)
        }
        disk.put(path, bytes)
        let reader = try store(disk)
        #expect { try reader.open(report: { _ in }) } throws: { ($0 as? Fault)?.code == "state.version" }
    }

    @Test("a disk budget that does not hold is refused by the name of who holds most")
    func budget() throws {
        let store = try LocalCheckpointStore(
            disk: SimulatedDisk(seed: 1), directory: "state", pipeline: StoreModel.pipeline, diskBudget: 20_000)
        var model = StoreModel(seed: 1)
        let fault = #expect(throws: Fault.self) {
            for _ in 0..<1_000 { try store.commit(model.next(rowsMost: 400)) }
        }
        #expect(fault?.code == "state.disk_budget")
        #expect(StoreModel.nodes.contains { fault?.detail?.contains("`\($0)` holds most") ?? false })
    }
}
