import Compression
import Dataflow
import Glibc
import Primitives

/// Cuts a list of files into numbered chunks of whole lines, one after another, whoever asks.
///
/// The lines of all files are one ordered stream. Every chunk is the same whatever the number of readers, so results
/// that depend on the order do not depend on the threads.
final class ChunkReader {
    /// Bytes read at once; some thousand records.
    static let chunkBytes = 1 << 20
    /// Bytes after the last record that a vectorised parser may read.
    static let padding = 64

    private var paths: ArraySlice<String>
    private let recordBytesMax: Int
    private var file: OpenFile?
    /// The file read last.
    private var path: String
    /// Where its next line starts, once nothing more is read of it.
    private var endOffset: Int64?
    private var sequence: Int64 = 0
    /// The beginning of a line whose end has not been read yet.
    private var carry: [UInt8] = []
    private let pool: BufferPool

    init(paths: [String], recordBytesMax: Int, pool: BufferPool) {
        self.paths = paths[...]
        path = paths.first ?? ""
        self.recordBytesMax = recordBytesMax
        self.pool = pool
    }

    /// Where to read on after the chunks handed out so far.
    var position: FilePosition {
        if let file { return FilePosition(path: path, offset: file.offset - Int64(carry.count)) }
        return FilePosition(path: path, offset: endOffset ?? 0, isEnded: endOffset != nil)
    }

    /// Starts where an earlier run has come to. Files whose names come before that one have been read.
    func resume(at position: FilePosition) throws(Fault) {
        path = position.path
        guard !position.isEnded else {
            endOffset = position.offset
            paths = paths.drop { !position.path.utf8.lexicographicallyPrecedes($0.utf8) }
            return
        }
        guard let index = paths.firstIndex(of: position.path) else {
            throw Fault(
                "file.vanished", "file `\(path)` is gone, and it had not been read to its end",
                detail: "it was read up to byte \(position.offset)",
                hint: "put it back, or start anew with another state folder", domain: .external)
        }
        paths = paths[(index + 1)...]
        let opened = try OpenFile(path)
        guard try opened.skip(to: position.offset) else {
            throw Fault(
                "file.shrunk", "file `\(path)` is shorter than what has been read of it",
                detail: "it was read up to byte \(position.offset) and ends at \(opened.offset)",
                hint: "put the file back as it was, or start anew with another state folder", domain: .external)
        }
        file = opened
    }

    /// A chunk, not cut into lines yet.
    struct Chunk {
        var sequence: Int64
        var origin: String
        var buffer: ChunkBuffer
        /// Bytes of whole lines in the buffer; at the end of a file the last line may lack its line's end.
        var count: Int
        /// Where the chunk starts in the (decompressed) file.
        var offset: Int64
        var rejected: [DeadLetter]
    }

    /// The next chunk; `nil` once every file has been read.
    /// - Parameter limit: bytes to read at once.
    func next(limit: Int) throws(Fault) -> Chunk? {
        while true {
            guard let file = try openFile() else { return nil }
            var rejected: [DeadLetter] = []
            let offset = file.offset - Int64(carry.count)
            var buffer = pool.take(atLeast: carry.count + limit + Self.padding)
            carry.withUnsafeBytes {
                if let base = $0.baseAddress { buffer.base.copyMemory(from: base, byteCount: $0.count) }
            }
            var filled = carry.count
            carry = []
            var end = 0
            while true {
                let count: Int
                do throws(Fault) {
                    count = try file.read(
                        into: UnsafeMutableRawBufferPointer(start: buffer.base + filled, count: limit))
                } catch {
                    // What came before the damage is good; the rest of this file cannot be read.
                    rejected.append(letter(error, file, offset: file.offset))
                    finishFile()
                    end = filled
                    break
                }
                if count == 0 {
                    finishFile()
                    end = filled
                    break
                }
                let searched = filled
                filled += count
                if let last = lastLineEnd(buffer.base, from: searched, to: filled) {
                    end = last + 1
                    break
                }
                if filled > recordBytesMax {
                    rejected.append(tooLong(buffer, filled, file, offset))
                    try skipLine(file)
                    filled = 0
                    break
                }
                buffer = pool.grow(buffer, used: filled, atLeast: filled + limit + Self.padding)
            }
            if filled > end { carry = Array(UnsafeRawBufferPointer(start: buffer.base + end, count: filled - end)) }
            if end == 0 && rejected.isEmpty {
                pool.give(buffer)
                continue
            }
            memset(buffer.base + end, 0, Self.padding)
            defer { sequence += 1 }
            return Chunk(
                sequence: sequence, origin: file.path, buffer: buffer, count: end, offset: offset, rejected: rejected)
        }
    }

    private func openFile() throws(Fault) -> OpenFile? {
        if let file { return file }
        guard let path = paths.popFirst() else { return nil }
        let opened = try OpenFile(path)
        file = opened
        self.path = path
        endOffset = nil
        return opened
    }

    /// Nothing more is read of the file.
    private func finishFile() {
        endOffset = file?.offset
        file = nil
    }

    private func lastLineEnd(_ base: UnsafeMutableRawPointer, from start: Int, to end: Int) -> Int? {
        var index = end - 1
        while index >= start {
            if base.load(fromByteOffset: index, as: UInt8.self) == 0x0A { return index }
            index -= 1
        }
        return nil
    }

    /// Reads on to the end of a line that is too long to keep.
    private func skipLine(_ file: OpenFile) throws(Fault) {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { scratch.deallocate() }
        while true {
            let count = try file.read(into: scratch)
            if count == 0 { return }
            if let lineEnd = scratch[..<count].firstIndex(of: 0x0A) {
                carry = Array(scratch[(lineEnd + 1)..<count])
                return
            }
        }
    }

    private func tooLong(_ buffer: ChunkBuffer, _ filled: Int, _ file: OpenFile, _ offset: Int64) -> DeadLetter {
        DeadLetter(
            code: "file.too_large", reason: "the line has more than \(recordBytesMax) bytes; its beginning is kept",
            origin: file.path, partition: 0, offset: offset,
            bytes: Array(UnsafeRawBufferPointer(start: buffer.base, count: min(filled, 4_096))))
    }

    private func letter(_ fault: Fault, _ file: OpenFile, offset: Int64) -> DeadLetter {
        DeadLetter(
            code: fault.code, reason: fault.description, origin: file.path, partition: 0, offset: offset, bytes: nil)
    }
}
