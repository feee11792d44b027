import Primitives
import Synchronization

/// A disk in memory that does what disks may do: on a crash it forgets, keeps or tears what was not synced, and it
/// fails at the operation it is told to. One seed is one behaviour.
///
/// Bytes of a file are durable once the file was synced, its name once its directory was. Without a sync each page of
/// 4 KiB, and each change of a name, may or may not be on the disk after a crash, in any order; a page may be torn.
final class SimulatedDisk: Disk {
    /// What goes wrong at an operation.
    enum Trouble: Sendable, Hashable, CaseIterable {
        /// The disk is full; of bytes being written a part may have been.
        case full
        /// An error of the device.
        case io
        /// The machine dies before the operation: it and everything after it fails, until `crash`.
        case diesBefore
        /// The machine dies in the midst of the operation.
        case diesWithin
        /// The machine dies after the operation, before it returns.
        case diesAfter
    }

    /// One operation, for messages.
    struct Operation: Sendable, Hashable {
        var action: String
        var path: String
    }

    private let image: Mutex<DiskImage>

    init(seed: UInt64) {
        image = Mutex(DiskImage(random: RandomSource(seed: seed)))
    }

    /// Operations so far: the next one's number.
    var operationCount: Int { image.withLock { $0.operations.count } }

    /// Every operation so far that changes something or makes it durable.
    var operations: [Operation] { image.withLock { $0.operations } }

    /// Makes the operation of a number go wrong, once.
    func fail(at operation: Int, with trouble: Trouble) {
        image.withLock { $0.troubles[operation] = trouble }
    }

    /// The machine dies and starts again: what was not durable is lost, kept or torn; locks are free.
    func crash() {
        image.withLock { $0.crash() }
    }

    /// The process is killed and another starts: nothing is lost.
    func restart() {
        image.withLock { $0.restart() }
    }

    /// The bytes of a file as they read now.
    func contents(_ path: String) -> [UInt8]? {
        image.withLock { image in image.names[path].map { image.files[$0].bytes } }
    }

    /// Puts a file there, durable: for tests that damage one.
    func put(_ path: String, _ bytes: [UInt8]?) {
        image.withLock { $0.put(path, bytes) }
    }

    /// The files that are there, sorted.
    var paths: [String] { image.withLock { $0.names.keys.sorted() } }

    /// A disk with the same files, all of them durable, and no troubles.
    func copy(seed: UInt64) -> SimulatedDisk {
        let other = SimulatedDisk(seed: seed)
        for path in paths { other.put(path, contents(path)) }
        return other
    }

    func write(_ path: String, _ parts: [[UInt8]]) throws(Fault) {
        try image.withLock { (image) throws(Fault) in
            let file = try image.create(path)
            try image.append(Array(parts.joined()), to: file, path)
            try image.sync(file, path)
        }
    }

    func read(_ path: String, offset: Int64, count: Int) throws(Fault) -> [UInt8] {
        let bytes = try bytes(path)
        guard offset >= 0, count >= 0, Int(offset) + count <= bytes.count else {
            throw Fault("disk.short", "`\(path)` ends too early", domain: .external)
        }
        return Array(bytes[Int(offset)..<Int(offset) + count])
    }

    func size(_ path: String) throws(Fault) -> Int64 { Int64(try bytes(path).count) }

    private func bytes(_ path: String) throws(Fault) -> [UInt8] {
        let bytes = try image.withLock { (image) throws(Fault) in
            try image.checkAlive()
            return image.names[path].map { image.files[$0].bytes }
        }
        guard let bytes else { throw Fault("disk.missing", "there is no file `\(path)`", domain: .external) }
        return bytes
    }

    func rename(_ path: String, to newPath: String) throws(Fault) {
        try image.withLock { (image) throws(Fault) in try image.rename(path, to: newPath) }
    }

    func remove(_ path: String) throws(Fault) {
        try image.withLock { (image) throws(Fault) in try image.remove(path) }
    }

    func list(_ directory: String) throws(Fault) -> [String] {
        try image.withLock { (image) throws(Fault) in
            try image.checkAlive()
            let prefix = directory + "/"
            return image.names.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
                .filter { !$0.contains("/") }.sorted()
        }
    }

    /// Directories are there as soon as a file is in them.
    func makeDirectory(_ directory: String) throws(Fault) {
        try image.withLock { (image) throws(Fault) in try image.checkAlive() }
    }

    func syncDirectory(_ directory: String) throws(Fault) {
        try image.withLock { (image) throws(Fault) in try image.syncDirectory(directory) }
    }

    func lock(_ path: String) throws(Fault) -> (any DiskLock)? {
        let life = try image.withLock { (image) throws(Fault) -> Int? in
            try image.checkAlive()
            return image.locks.insert(path).inserted ? image.life : nil
        }
        return life.map { SimulatedLock(self, path, $0) }
    }

    fileprivate func unlock(_ path: String, _ life: Int) {
        image.withLock { image in
            if image.life == life { image.locks.remove(path) }
        }
    }
}

private final class SimulatedLock: DiskLock {
    private let disk: SimulatedDisk
    private let path: String
    private let life: Int

    init(_ disk: SimulatedDisk, _ path: String, _ life: Int) {
        self.disk = disk
        self.path = path
        self.life = life
    }

    deinit { unlock() }

    func unlock() { disk.unlock(path, life) }
}
