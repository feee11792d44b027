import Glibc
import Primitives

/// A file that rows are appended to, or a pipe or device.
final class OutputFile {
    let path: String
    /// Whether it has a length that can be cut.
    let isRegular: Bool
    /// The file's number in its file system.
    let inode: Int64
    /// Bytes in it, so far as it is regular.
    private(set) var length: Int64
    private var descriptor: Int32

    /// Opens a file, as long as it is, or makes it.
    init(_ path: String) throws(Fault) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("file.open", "file `\(path)` cannot be written") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system("file.open", "file `\(path)` cannot be written")
        }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        inode = Int64(truncatingIfNeeded: status.st_ino)
        length = isRegular ? Int64(status.st_size) : 0
        if isRegular { try Self.syncFolder(of: path) }
    }

    deinit {
        close()
    }

    /// Makes it so many bytes long, which it is already or more; the next are appended there.
    func cut(to length: Int64) throws(Fault) {
        guard isRegular else { return }
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, off_t(length), SEEK_SET) == length else {
            throw .system("file.truncate", "file `\(path)` cannot be cut back")
        }
        self.length = length
    }

    /// Appends and empties a buffer.
    func append(_ bytes: inout [UInt8]) throws(Fault) {
        let count = bytes.count
        try writeAll(descriptor, &bytes)
        length += Int64(count)
    }

    /// Waits until what was written is on the disk. A failure must not be tried again: the system may have dropped what
    /// it could not write.
    func sync() throws(Fault) {
        // Pipes and devices have nothing to sync.
        if fdatasync(descriptor) != 0 && errno != EINVAL && errno != EROFS {
            throw .system("file.sync", "file `\(path)` cannot be synced")
        }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// The number of the file with a name; `nil` if there is none.
    static func inode(_ path: String) throws(Fault) -> Int64? {
        var status = stat()
        if stat(path, &status) == 0 { return Int64(truncatingIfNeeded: status.st_ino) }
        guard errno == ENOENT else { throw .system("file.open", "file `\(path)` cannot be looked at") }
        return nil
    }

    /// Makes a file's name durable.
    private static func syncFolder(of path: String) throws(Fault) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("file.open", "folder `\(folder)` cannot be opened") }
        defer { Glibc.close(descriptor) }
        if fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS {
            throw .system("file.sync", "folder `\(folder)` cannot be synced")
        }
    }
}
