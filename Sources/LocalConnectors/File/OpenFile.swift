import Compression
import Glibc
import Primitives

/// A file being read, decompressed on the way if it is compressed.
final class OpenFile {
    let path: String
    /// Bytes handed out so far.
    private(set) var offset: Int64 = 0
    private let descriptor: Int32
    private let decompressor: StreamDecompressor?
    private var input: [UInt8] = []
    private var inputStart = 0

    init(_ path: String) throws(Fault) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw .system("file.open", "file `\(path)` cannot be opened") }
        var head = [UInt8](repeating: 0, count: 4)
        let count = head.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let format = head.withUnsafeBytes {
            CompressionFormat.detect(UnsafeRawBufferPointer(rebasing: $0[..<max(0, count)]))
        }
        decompressor = format == .none ? nil : try StreamDecompressor(format)
    }

    deinit {
        close(descriptor)
    }

    /// Goes forward to a place in the (decompressed) file: by seeking in a plain one, by reading in a compressed one.
    /// - Returns: `false` if the file ends before it.
    func skip(to place: Int64) throws(Fault) -> Bool {
        guard place > offset else { return true }
        if decompressor == nil {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .system("file.read", "file `\(path)` cannot be read") }
            guard status.st_size >= place else {
                offset = Int64(status.st_size)
                return false
            }
            guard lseek(descriptor, off_t(place), SEEK_SET) == place else {
                throw .system("file.read", "file `\(path)` cannot be read from its middle on")
            }
            offset = place
            return true
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { scratch.deallocate() }
        while offset < place {
            let wanted = Int(min(Int64(scratch.count), place - offset))
            if try read(into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<wanted])) == 0 { return false }
        }
        return true
    }

    /// Reads some bytes; 0 at the end.
    func read(into output: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        let count: Int
        if let decompressor {
            count = try decompress(decompressor, output)
        } else {
            count = try readFile(output)
        }
        offset += Int64(count)
        return count
    }

    private func decompress(
        _ decompressor: StreamDecompressor, _ output: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> Int {
        var produced = 0
        while produced < output.count {
            if inputStart == input.count {
                var fresh = [UInt8](repeating: 0, count: 1 << 17)
                let result: Result<Int, Fault> = fresh.withUnsafeMutableBytes { bytes in
                    do throws(Fault) { return .success(try readFile(bytes)) } catch { return .failure(error) }
                }
                let count = try result.get()
                if count == 0 {
                    // What has been produced is whole; a cut-off is told by the next call.
                    if produced == 0 { try decompressor.finish() }
                    return produced
                }
                input = Array(fresh.prefix(count))
                inputStart = 0
            }
            let rest = UnsafeMutableRawBufferPointer(rebasing: output[produced...])
            let step: Result<(consumed: Int, produced: Int), Fault> = input.withUnsafeBytes { bytes in
                do throws(Fault) {
                    return .success(
                        try decompressor.decompress(UnsafeRawBufferPointer(rebasing: bytes[inputStart...]), into: rest))
                } catch {
                    return .failure(error)
                }
            }
            let (consumed, made) = try step.get()
            inputStart += consumed
            produced += made
        }
        return produced
    }

    private func readFile(_ output: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        while true {
            let count = Glibc.read(descriptor, output.baseAddress, output.count)
            if count >= 0 { return count }
            if errno != EINTR { throw .system("file.read", "file `\(path)` cannot be read") }
        }
    }
}
