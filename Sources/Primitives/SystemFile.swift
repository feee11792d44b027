import Glibc

/// Whole files and whole writes, however often the system wants to be asked. Where it refuses, `errno` says why.
package enum SystemFile {
    /// The bytes of a file; `nil` if it cannot be read.
    /// - Parameter bytesMax: what lies beyond is left out.
    package static func read(_ path: String, bytesMax: Int = .max) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        while bytes.count < bytesMax {
            var received = 0
            bytes.append(addingCapacity: min(1 << 16, bytesMax - bytes.count)) { span in
                span.withUnsafeMutableBufferPointer { part, count in
                    received = Glibc.read(descriptor, part.baseAddress, part.count)
                    failure = received < 0 ? errno : 0
                    count = max(0, received)
                }
            }
            if received == 0 || failure != 0 && failure != EINTR { break }
        }
        close(descriptor)
        errno = failure
        return failure == 0 ? bytes : nil
    }

    /// Writes bytes to an open file.
    /// - Returns: whether all of them are written.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                if count < 0 && errno != EINTR { return false }
                written += max(0, count)
            }
            return true
        }
    }

    /// Appends bytes to a file, which is made if there is none, and waits until they are on the disk.
    /// - Returns: whether they are.
    package static func append(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return write(bytes, to: descriptor) && fdatasync(descriptor) == 0
    }
}

extension Fault {
    /// What the system has just refused, in its own words (`errno`).
    package static func system(_ code: String, _ message: String, hint: String? = nil) -> Fault {
        Fault(code, message, detail: String(cString: strerror(errno)), hint: hint, domain: .external)
    }
}
