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
        self.range = range
        blockCount = max(1, (count * Self.bitsPerKey + Self.blockBits - 1) / Self.blockBits)
        let span = range.upperBound - range.lowerBound
        scale = max(span, UInt64(blockCount) + 1).dividingFullWidth((UInt64(blockCount), 0)).quotient
        words = .allocate(capacity: blockCount * Self.blockBits / 64)
        words.initialize(repeating: 0, count: blockCount * Self.blockBits / 64)
    }

    deinit {
        words.deallocate()
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
