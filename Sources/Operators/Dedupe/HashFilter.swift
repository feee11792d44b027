import Primitives

/// Says of a hash that it is not in a sorted run of hashes, most times that it is not.
///
/// A blocked Bloom filter: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007. A block is
/// a cache line, and blocks lie in the order of hashes, so that filling it from a sorted run is one walk over memory.
struct HashFilter: ~Copyable {
    /// Bits a key: about one miss in 900 is taken for a hit.
    private static let bitsPerKey = 16
    private static let blockBits = 512
    /// Bits set for a key, each chosen by 9 bits of its mixed hash.
    private static let probes = 7

    private let words: UnsafeMutablePointer<UInt64>
    private let blockCount: Int
    /// Between which the hashes lie.
    let range: ClosedRange<UInt64>
    /// Blocks for each hash of the range, in units of 2^-64.
    private let scale: UInt64

    /// - Parameters:
    ///   - count: hashes that will be added.
    ///   - range: between which they lie.
    init(count: Int, range: ClosedRange<UInt64>) {
        self.init(blockCount: max(1, (count * Self.bitsPerKey + Self.blockBits - 1) / Self.blockBits), range: range)
    }

    private init(blockCount: Int, range: ClosedRange<UInt64>) {
        self.range = range
        self.blockCount = blockCount
        let span = range.upperBound - range.lowerBound
        scale = max(span, UInt64(blockCount) + 1).dividingFullWidth((UInt64(blockCount), 0)).quotient
        words = .allocate(capacity: blockCount * Self.blockBits / 64)
        words.initialize(repeating: 0, count: blockCount * Self.blockBits / 64)
    }

    /// A filter that `bytes` has written down; `nil` if they are not those of one.
    init?(_ bytes: ArraySlice<UInt8>, range: ClosedRange<UInt64>) {
        guard bytes.count > 0, bytes.count % (Self.blockBits / 8) == 0 else { return nil }
        self.init(blockCount: bytes.count * 8 / Self.blockBits, range: range)
        bytes.withUnsafeBytes { bytes in
            for index in 0..<bytes.count / 8 {
                words[index] = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
        }
    }

    deinit {
        words.deallocate()
    }

    /// All that must be kept of it beside its range; words are little-endian.
    var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: memoryFootprint) { bytes, count in
            for index in 0..<memoryFootprint / 8 {
                UnsafeMutableRawBufferPointer(bytes).storeBytes(
                    of: words[index].littleEndian, toByteOffset: index * 8, as: UInt64.self)
            }
            count = memoryFootprint
        }
    }

    var memoryFootprint: Int { blockCount * Self.blockBits / 8 }

    func insert(_ hash: UInt64) {
        let block = block(hash)
        var bits = Hashing.mix(hash)
        for _ in 0..<Self.probes {
            block[Int(truncatingIfNeeded: bits >> 6 & 7)] |= 1 &<< (bits & 63)
            bits >>= 9
        }
    }

    func mayContain(_ hash: UInt64) -> Bool {
        guard range.contains(hash) else { return false }
        let block = block(hash)
        var bits = Hashing.mix(hash)
        for _ in 0..<Self.probes {
            if block[Int(truncatingIfNeeded: bits >> 6 & 7)] & 1 &<< (bits & 63) == 0 { return false }
            bits >>= 9
        }
        return true
    }

    private func block(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
        let index = Int(truncatingIfNeeded: (hash - range.lowerBound).multipliedFullWidth(by: scale).high)
        return words + min(index, blockCount - 1) * (Self.blockBits / 64)
    }
}
