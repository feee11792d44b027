/// What is known of a run's pages.
struct SeenIndex {
    private(set) var firsts: [UInt64] = []
    private(set) var checksums: [UInt32] = []
    private(set) var widths: [UInt8] = []

    init() {}

    var memoryFootprint: Int { firsts.capacity * 8 + checksums.capacity * 4 + widths.capacity }

    mutating func append(first: UInt64, checksum: UInt32, width: UInt8) {
        firsts.append(first)
        checksums.append(checksum)
        widths.append(width)
    }

    /// As `SeenRunFormat` has it.
    var bytes: [UInt8] {
        firsts.flatMap { first in (0..<8).map { UInt8(truncatingIfNeeded: first >> ($0 * 8)) } }
            + checksums.flatMap { checksum in (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) } }
            + widths
    }

    init(_ bytes: UnsafeRawBufferPointer, pageCount: Int) {
        firsts = (0..<pageCount).map {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
        }
        checksums = (0..<pageCount).map {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: pageCount * 8 + $0 * 4, as: UInt32.self))
        }
        widths = Array(bytes[pageCount * 12..<pageCount * 13])
    }

    /// The first page that may hold a hash: equal hashes may begin at the end of a page.
    func page(for hash: UInt64) -> Int {
        var low = 0
        var high = firsts.count
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}
