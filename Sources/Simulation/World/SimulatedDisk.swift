import Primitives

/// What a disk holds, as the system sees it and as it would be found after a power loss.
///
/// The bytes of a file are durable once its `write` has returned; what a folder names is durable once the folder is
/// synced. Until then a power loss keeps any part of the changes, each whole.
struct DiskContent {
    private enum Change {
        case name(String, file: Int)
        case rename(String, to: String)
        case remove(String)
    }

    /// By number, as an inode.
    private var files: [Int: [UInt8]] = [:]
    private var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var pending: [Change] = []
    private var nextFile = 0

    func bytes(_ path: String) -> [UInt8]? { names[path].flatMap { files[$0] } }

    func list(_ directory: String) -> [String] {
        let prefix = directory + "/"
        return names.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    mutating func write(_ path: String, _ bytes: [UInt8]) {
        files[nextFile] = bytes
        change(.name(path, file: nextFile))
        nextFile += 1
    }

    mutating func rename(_ path: String, to other: String) { change(.rename(path, to: other)) }
    mutating func remove(_ path: String) { change(.remove(path)) }

    mutating func sync() {
        durableNames = names
        pending = []
        files = files.filter { Set(names.values).contains($0.key) }
    }

    /// What is found after a power loss.
    mutating func losePower(_ random: inout RandomSource) {
        names = durableNames
        for change in pending where random.below(2) == 0 { Self.apply(change, &names) }
        sync()
    }

    private mutating func change(_ change: Change) {
        // A rename is remembered by the file that it names, whatever becomes of the old name.
        if case .rename(let path, let other) = change, let file = names[path] {
            pending.append(.name(other, file: file))
            pending.append(.remove(path))
        } else {
            pending.append(change)
        }
        Self.apply(change, &names)
    }

    private static func apply(_ change: Change, _ names: inout [String: Int]) {
        switch change {
        case .name(let path, let file): names[path] = file
        case .rename(let path, let other): names[other] = names.removeValue(forKey: path)
        case .remove(let path): names[path] = nil
        }
    }
}

/// The disk of one life.
final class SimulatedDisk: Disk, @unchecked Sendable {
    // Sendable: one thread runs the whole simulation.
    private let life: Life
    var content: DiskContent

    init(_ life: Life, _ content: DiskContent) {
        self.life = life
        self.content = content
    }

    func makeDirectory(_ path: String) {}
    func list(_ directory: String) throws(Fault) -> [String] { content.list(directory) }

    func write(_ path: String, _ parts: [[UInt8]]) throws(Fault) {
        let bytes = Array(parts.joined())
        do throws(Fault) {
            try life.pass("disk write")
            try fail(["disk.full", "disk.failed", "disk.sync"][life.world.random.below(3)])
        } catch {
            // It stops somewhere in between, and what had been written may have holes.
            var torn = Array(bytes.prefix(life.world.random.below(bytes.count + 1)))
            if !torn.isEmpty, life.world.chance(0.3) {
                for index in life.world.random.below(torn.count)..<torn.count { torn[index] = 0 }
            }
            content.write(path, torn)
            throw error
        }
        content.write(path, bytes)
        life.world.trace.note("write", Int64(bytes.count))
    }

    func read(_ path: String, offset: Int64, count: Int) throws(Fault) -> [UInt8] {
        try fail("disk.failed")
        let bytes = try found(path)
        guard offset >= 0, count >= 0, Int(offset) + count <= bytes.count else {
            throw Fault("disk.short", "file `\(path)` ends too early", domain: .external)
        }
        return Array(bytes[Int(offset)..<Int(offset) + count])
    }

    func size(_ path: String) throws(Fault) -> Int64 { Int64(try found(path).count) }

    func rename(_ path: String, to other: String) throws(Fault) {
        try life.pass("disk rename")
        try fail("disk.failed")
        _ = try found(path)
        content.rename(path, to: other)
    }

    func syncDirectory(_ path: String) throws(Fault) {
        try life.pass("disk directory sync")
        try fail("disk.sync")
        content.sync()
    }

    func remove(_ path: String) throws(Fault) {
        try life.pass("disk remove")
        try fail("disk.failed")
        content.remove(path)
    }

    func lock(_ path: String) -> (any DiskLock)? { Held() }

    private struct Held: DiskLock {
        func unlock() {}
    }

    private func found(_ path: String) throws(Fault) -> [UInt8] {
        guard let bytes = content.bytes(path) else {
            throw Fault("disk.missing", "there is no file `\(path)`", domain: .external)
        }
        return bytes
    }

    private func fail(_ code: String) throws(Fault) {
        guard !life.isZombie else { return }
        life.world.diskOperations += 1
        if life.world.diskFault == life.world.diskOperations {
            life.world.diskFault = nil
            throw Fault(code, "the disk fails", domain: .external)
        }
        guard life.world.mayFail, life.world.chance(life.world.scenario.diskFaults) else { return }
        life.world.count(fault: code)
        throw Fault(code, "the disk fails", domain: .external)
    }
}
