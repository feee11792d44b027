import Primitives

/// How a sorted run of rows lies in a file.
///
/// Pages of some hundred rows, sorted by the hash in column 0: each the bytes of a `BatchCodec`, compressed by LZ4.
/// Then the index, an entry of 36 bytes a page: its first hash (8 bytes), the checksum of its stored bytes (8), where
/// it starts (8), their length (4), the length before compression (4) and its rows (4). Then a `SealedWords` trailer.
/// Numbers are little-endian; checksums are XXH3.
struct RowRunFormat: Equatable {
    static let trailerByteCount = SealedWords.byteCount(6)
    private static let magic: UInt64 = 0x0001_5357_4f52_4c4d  // "MLROWS", version 1

    var rowCount: Int
    var pageCount: Int
    var first: UInt64
    var last: UInt64
    /// Of the index.
    var checksum: UInt64

    var trailer: [UInt8] {
        SealedWords.bytes([Self.magic, UInt64(rowCount), UInt64(pageCount), first, last, checksum])
    }

    init(rowCount: Int, pageCount: Int, first: UInt64, last: UInt64, checksum: UInt64) {
        self.rowCount = rowCount
        self.pageCount = pageCount
        self.first = first
        self.last = last
        self.checksum = checksum
    }

    /// - Returns: `nil` if these are not the bytes of a trailer.
    init?(trailer bytes: UnsafeRawBufferPointer) {
        guard let words = SealedWords.read(bytes, count: 6), words[0] == Self.magic, words[1] < 1 << 40, words[2] > 0,
            words[2] <= words[1], words[3] <= words[4]
        else { return nil }
        self.init(
            rowCount: Int(words[1]), pageCount: Int(words[2]), first: words[3], last: words[4], checksum: words[5])
    }
}

/// Where a page of a run lies, and what is in it.
struct RowRunPage {
    static let byteCount = 36

    var first: UInt64
    var checksum: UInt64
    var start: Int
    var storedByteCount: Int
    var byteCount: Int
    var rowCount: Int

    func append(to bytes: inout [UInt8]) {
        for word in [first, checksum, UInt64(start)] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        for word in [storedByteCount, byteCount, rowCount] {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
    }
}

extension RowRunPage {
    /// - Parameter bytes: those of an index, this page's from `offset` on.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + index * 8, as: UInt64.self))
        }
        func half(_ index: Int) -> Int {
            Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + index * 4, as: UInt32.self)))
        }
        self.init(
            first: word(0), checksum: word(1), start: Int(truncatingIfNeeded: word(2)), storedByteCount: half(6),
            byteCount: half(7), rowCount: half(8))
    }
}
