import Glibc
import Synchronization

/// The machine's own file system.
///
/// A failed sync is never tried again: the kernel may have dropped the pages and would call the next one a success. The
/// fault ends the run, and the next one recovers.
package struct LocalDisk: Disk {
    private let root: String

    package init(root: String) {
        self.root = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
    }

    package func makeDirectory(_ path: String) throws(Fault) {
        let whole = root + path
        var prefix = whole.hasPrefix("/") ? "/" : ""
        for part in whole.split(separator: "/") {
            let parent = prefix.isEmpty ? "." : prefix
            prefix += part + "/"
            if mkdir(prefix, 0o755) == 0 {
                // A folder lasts once the one that names it is synced.
                try syncFolder(parent)
            } else if errno != EEXIST {
                throw fault("make the folder", prefix)
            }
        }
    }

    package func list(_ directory: String) throws(Fault) -> [String] {
        guard let stream = opendir(root + directory) else {
            if errno == ENOENT { return [] }
            throw fault("list", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func write(_ path: String, _ parts: [[UInt8]]) throws(Fault) {
        let file = try openFile(path, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(file) }
        for part in parts {
            guard SystemFile.write(part, to: file) else { throw fault("write", path) }
        }
        guard fsync(file) == 0 else { throw syncFault(path) }
    }

    package func read(_ path: String, offset: Int64, count: Int) throws(Fault) -> [UInt8] {
        let file = try openFile(path, O_RDONLY)
        defer { close(file) }
        var done = 0
        var failure: Fault?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(1, count)) { buffer, filled in
            while done < count {
                let got = pread(file, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset) + done)
                if got == 0 { break }
                if got < 0 && errno != EINTR {
                    failure = fault("read", path)
                    break
                }
                done += max(0, got)
            }
            filled = done
        }
        if let failure { throw failure }
        guard done == count else {
            throw Fault(
                "disk.short", "`\(root + path)` ends too early", detail: "at \(offset + Int64(done))", domain: .external
            )
        }
        return bytes
    }

    package func size(_ path: String) throws(Fault) -> Int64 {
        let file = try openFile(path, O_RDONLY)
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        guard end >= 0 else { throw fault("measure", path) }
        return Int64(end)
    }

    package func rename(_ path: String, to other: String) throws(Fault) {
        guard Glibc.rename(root + path, root + other) == 0 else { throw fault("rename", path) }
    }

    package func syncDirectory(_ path: String) throws(Fault) {
        try syncFolder(root + (path.isEmpty ? "." : path))
    }

    /// - Parameter path: not within the root but whole.
    private func syncFolder(_ path: String) throws(Fault) {
        let folder = try LocalDisk(root: "").openFile(path, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw LocalDisk(root: "").syncFault(path) }
    }

    package func remove(_ path: String) throws(Fault) {
        if unlink(root + path) != 0 && errno != ENOENT { throw fault("remove", path) }
    }

    package func lock(_ path: String) throws(Fault) -> (any DiskLock)? {
        let file = try openFile(path, O_RDWR | O_CREAT)
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            let isTaken = errno == EWOULDBLOCK
            close(file)
            if isTaken { return nil }
            throw fault("lock", path)
        }
        return FileLock(file)
    }

    private func openFile(_ path: String, _ flags: Int32) throws(Fault) -> Int32 {
        while true {
            let file = open(root + path, flags | O_CLOEXEC, 0o644)
            if file >= 0 { return file }
            if errno == ENOENT {
                throw Fault("disk.missing", "there is no file `\(root + path)`", domain: .external)
            }
            if errno != EINTR { throw fault("open", path) }
        }
    }

    private func fault(_ verb: String, _ path: String) -> Fault {
        let error = errno
        return Fault(
            error == ENOSPC || error == EDQUOT ? "disk.full" : "disk.failed", "cannot \(verb) `\(root + path)`",
            detail: String(cString: strerror(error)),
            hint: error == ENOSPC ? "make room, or name another state folder" : nil, domain: .external)
    }

    private func syncFault(_ path: String) -> Fault {
        .system(
            "disk.sync", "`\(root + path)` may not have reached the disk",
            hint: "look at the disk; the next run goes on from the last whole checkpoint")
    }
}

private final class FileLock: DiskLock {
    private let file: Mutex<Int32>

    init(_ file: Int32) {
        self.file = Mutex(file)
    }

    func unlock() {
        file.withLock { file in
            if file >= 0 { close(file) }
            file = -1
        }
    }

    deinit { unlock() }
}
