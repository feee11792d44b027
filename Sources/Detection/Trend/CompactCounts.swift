/// Small counts under 64-bit hashes, four bytes each: what becomes of terms that have lost their counter.
///
/// A cell holds 22 bits of the hash and a count up to 1,023; a hash has four cells to choose from, as in the buckets of
/// a cuckoo filter (Fan et al., "Cuckoo filter: practically better than Bloom", 2014). Two terms are taken for one with
/// a chance of one in a million. Where all four are taken the least count is lost.
struct CompactCounts: Sendable {
    private static let ways = 4
    private static let countBits: UInt32 = 10
    private static let countMax = UInt32(1) << countBits - 1

    private let buckets: Int
    private var cells: [UInt32] = []

    /// - Parameter capacity: counts that it has room for; the last ones are likely to push others out.
    init(capacity: Int) {
        buckets = max(1, capacity / Self.ways)
    }

    var isEmpty: Bool { cells.isEmpty }
    var memoryFootprint: Int { cells.capacity * 4 }

    static func bytes(_ capacity: Int) -> Int { max(ways, capacity) * 4 }

    /// Remembers a count that is not there yet.
    /// - Returns: the largest count that was lost for it; zero if none was.
    mutating func insert(_ hash: UInt64, count: UInt32) -> UInt32 {
        if cells.isEmpty { cells = Array(repeating: 0, count: buckets * Self.ways) }
        let first = bucket(hash)
        var least = first
        for cell in first..<first + Self.ways where cells[cell] & Self.countMax < cells[least] & Self.countMax {
            least = cell
        }
        let kept = min(count, Self.countMax)
        let lost = cells[least] & Self.countMax
        guard lost < kept else { return kept }
        cells[least] = tag(hash) | kept
        return max(lost, count - kept)
    }

    /// Takes a count back; zero if there is none.
    mutating func take(_ hash: UInt64) -> UInt32 {
        guard let cell = cell(hash) else { return 0 }
        defer { cells[cell] = 0 }
        return cells[cell] & Self.countMax
    }

    /// A count; zero if there is none.
    subscript(hash: UInt64) -> UInt32 { cell(hash).map { cells[$0] & Self.countMax } ?? 0 }

    private func cell(_ hash: UInt64) -> Int? {
        guard !cells.isEmpty else { return nil }
        let (first, tag) = (bucket(hash), tag(hash))
        return (first..<first + Self.ways).first {
            cells[$0] & ~Self.countMax == tag && cells[$0] & Self.countMax != 0
        }
    }

    /// By other bits than those of the tag.
    private func bucket(_ hash: UInt64) -> Int {
        Int((hash << 22).multipliedFullWidth(by: UInt64(buckets)).high) * Self.ways
    }

    private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~Self.countMax }
}
