import Foundation
import Primitives
import Testing

@testable import Dataflow

@Suite("State on a disk that cannot be read")
struct UnreadableStateTests {
    @Test("a disk that fails to read is no reason to take an older checkpoint")
    func failing() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = LocalDisk(root: "")
        let store = try LocalCheckpointStore(disk: disk, directory: folder, pipeline: "test", diskBudget: nil)
        for epoch in 1...2 { try store.commit(Self.draft(epoch: Int64(epoch))) }
        store.close()

        let unreadable = try LocalCheckpointStore(
            disk: UnreadableDisk(disk: disk, name: "manifest-2"), directory: folder, pipeline: "test", diskBudget: nil)
        defer { unreadable.close() }
        #expect(throws: Fault.self) {
            try unreadable.open { fault in Issue.record("a checkpoint was passed over: \(fault)") }
        }
    }

    @Test("a folder whose only manifest is missing is not taken for an empty one")
    func missing() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = LocalDisk(root: "")
        let store = try LocalCheckpointStore(disk: disk, directory: folder, pipeline: "test", diskBudget: nil)
        try store.commit(Self.draft(epoch: 1))
        store.close()
        try disk.remove("\(folder)/manifest-1")

        let again = try LocalCheckpointStore(disk: disk, directory: folder, pipeline: "test", diskBudget: nil)
        defer { again.close() }
        #expect(throws: Fault.self) { try again.open { _ in } }
    }

    private static func draft(epoch: Int64) -> CheckpointDraft {
        CheckpointDraft(
            head: CheckpointHead(
                pipeline: "test", epoch: epoch, subtasks: 1, isFinished: false, takenAt: EventTime(microseconds: 0),
                sources: [], operators: [], sinks: [], ledger: JobLedger()),
            parts: [], isWhole: true, sinks: [])
    }
}

/// A disk that cannot read files of one name.
private struct UnreadableDisk: Disk {
    let disk: LocalDisk
    let name: String

    func read(_ path: String, offset: Int64, count: Int) throws(Fault) -> [UInt8] {
        if path.hasSuffix(name) { throw Fault("disk.failed", "cannot read `\(path)`", domain: .external) }
        return try disk.read(path, offset: offset, count: count)
    }

    func makeDirectory(_ path: String) throws(Fault) { try disk.makeDirectory(path) }
    func list(_ directory: String) throws(Fault) -> [String] { try disk.list(directory) }
    func write(_ path: String, _ parts: [[UInt8]]) throws(Fault) { try disk.write(path, parts) }
    func size(_ path: String) throws(Fault) -> Int64 { try disk.size(path) }
    func rename(_ path: String, to other: String) throws(Fault) { try disk.rename(path, to: other) }
    func syncDirectory(_ path: String) throws(Fault) { try disk.syncDirectory(path) }
    func remove(_ path: String) throws(Fault) { try disk.remove(path) }
    func lock(_ path: String) throws(Fault) -> (any DiskLock)? { try disk.lock(path) }
}
