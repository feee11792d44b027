import Dataflow
import Primitives

/// The end of a file of spilled state: some numbers of 64 bits, little-endian, and the XXH3 of their bytes.
enum SealedWords {
    static func byteCount(_ count: Int) -> Int { (count + 1) * 8 }

    static func bytes(_ words: [UInt64]) -> [UInt8] {
        var writer = ByteWriter()
        for word in words { writer.append(word) }
        writer.append(writer.bytes.withUnsafeBytes { Hashing.hash64($0) })
        return writer.bytes
    }

    /// - Returns: `nil` if the bytes are not so many sealed numbers.
    static func read(_ bytes: UnsafeRawBufferPointer, count: Int) -> [UInt64]? {
        guard bytes.count == byteCount(count) else { return nil }
        let words = (0...count).map {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes.prefix(count * 8))
        return words[count] == Hashing.hash64(body) ? Array(words.prefix(count)) : nil
    }
}
