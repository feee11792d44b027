import Primitives
import Testing

@testable import Dataflow

@Suite("the folder of spilled state")
struct SpillFolderTests {
    private static func names(_ disk: SimulatedDisk) throws -> [String] { try disk.list("spilled") }

    private static func folder(
        _ disk: SimulatedDisk, kept: Int = 2, goesOn: Bool = true,
        budget: (bytes: Int64, others: @Sendable () -> Int64)? = nil
    ) throws -> SpillFolder {
        try SpillFolder(
            disk: disk, directory: "spilled", checkpointsKept: kept, goesOn: goesOn, budget: budget)
    }

    @Test("a file outlives its last use by the checkpoints that may name it")
    func retired() throws {
        let disk = SimulatedDisk(seed: 1)
        let folder = try Self.folder(disk)
        let file = try folder.create([[1, 2, 3], [4]])
        #expect(try file.read(at: 1, count: 3) == [2, 3, 4] && folder.byteCount == 4)
        folder.retire(file.name)
        for _ in 0..<2 {
            folder.committed()
            #expect(try Self.names(disk) == [file.name] && folder.byteCount == 4)
        }
        folder.committed()
        #expect(try Self.names(disk).isEmpty && folder.byteCount == 0)
    }

    @Test("a run without checkpoints removes a file with its last use")
    func withoutCheckpoints() throws {
        let disk = SimulatedDisk(seed: 1)
        let folder = try Self.folder(disk, kept: 0)
        let file = try folder.create([[1]])
        _ = try folder.open(file.name)
        folder.retire(file.name)
        #expect(try Self.names(disk) == [file.name])
        folder.retire(file.name)
        #expect(try Self.names(disk).isEmpty)
    }

    @Test(
        "what a killed run has left and no checkpoint names goes with the first checkpoint of the next, names are new")
    func leftOver() throws {
        let disk = SimulatedDisk(seed: 1)
        let before = try Self.folder(disk)
        let (needed, left) = (try before.create([[1]]), try before.create([[2]]))
        let folder = try Self.folder(disk)
        _ = try folder.open(needed.name)
        let new = try folder.create([[3]])
        #expect(![needed.name, left.name].contains(new.name))
        #expect(try Self.names(disk).sorted() == [needed.name, left.name, new.name].sorted())
        folder.committed()
        #expect(try Self.names(disk).sorted() == [needed.name, new.name].sorted())
    }

    @Test("a run that starts anew removes everything at once")
    func anew() throws {
        let disk = SimulatedDisk(seed: 1)
        _ = try Self.folder(disk).create([[1]])
        _ = try Self.folder(disk, goesOn: false)
        #expect(try Self.names(disk).isEmpty)
    }

    @Test("files and checkpoints together stay within the disk that is allowed")
    func budget() throws {
        let disk = SimulatedDisk(seed: 1)
        let folder = try Self.folder(disk, budget: (100, { 30 }))
        _ = try folder.create([Array(repeating: 0, count: 60)])
        let fault = #expect(throws: Fault.self) { _ = try folder.create([Array(repeating: 0, count: 20)]) }
        #expect(fault?.code == "state.disk_budget" && fault?.detail == "110 of 100 bytes")
        #expect(try Self.names(disk).count == 1)
        _ = try folder.create([Array(repeating: 0, count: 10)])
    }
}
