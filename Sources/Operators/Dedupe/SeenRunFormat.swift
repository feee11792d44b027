import Primitives

/// How a sorted run of keys lies in a file.
///
/// Pages of up to 512 keys, then an index, then a trailer of fixed length. In a page each key is the distance of its
/// hash from the one before (in as few bits as the page's largest needs), its check and its offset, packed end to end.
/// Of each page the index holds the first hash (64 bits), the checksum (32) and the width of distances (8): first all
/// hashes, then all checksums, then all widths. Every page but the last is full, so that widths say where pages start.
/// Numbers are little-endian; checksums are XXH3.
struct SeenRunFormat: Equatable {
    static let keysPerPage = 512
    static let trailerByteCount = SealedWords.byteCount(6)
    private static let magic: UInt64 = 0x0001_4e45_4553_4c4d  // "MLSEEN", version 1

    var keyCount: Int
    var checkBits: Int
    var offsetBits: Int
    var last: UInt64
    var indexChecksum: UInt64

    var pageCount: Int { (keyCount + Self.keysPerPage - 1) / Self.keysPerPage }
    var indexByteCount: Int { pageCount * 13 }

    func keys(in page: Int) -> Int { min(Self.keysPerPage, keyCount - page * Self.keysPerPage) }

    func byteCount(of page: Int, width: Int) -> Int { (keys(in: page) * (width + checkBits + offsetBits) + 7) / 8 }

    var trailer: [UInt8] {
        SealedWords.bytes([
            Self.magic, UInt64(keyCount), UInt64(checkBits), UInt64(offsetBits), last, indexChecksum,
        ])
    }

    init(keyCount: Int, checkBits: Int, offsetBits: Int, last: UInt64, indexChecksum: UInt64) {
        self.keyCount = keyCount
        self.checkBits = checkBits
        self.offsetBits = offsetBits
        self.last = last
        self.indexChecksum = indexChecksum
    }

    /// - Returns: `nil` if these are not the bytes of a trailer.
    init?(trailer bytes: UnsafeRawBufferPointer) {
        guard let words = SealedWords.read(bytes, count: 6), words[0] == Self.magic, 1..<1 << 40 ~= words[1],
            words[2] <= 32, words[3] <= 32
        else { return nil }
        self.init(
            keyCount: Int(words[1]), checkBits: Int(words[2]), offsetBits: Int(words[3]), last: words[4],
            indexChecksum: words[5])
    }

    static func checksum(_ page: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        UInt32(truncatingIfNeeded: Hashing.hash64(UnsafeRawBufferPointer(rebasing: page)))
    }
}
