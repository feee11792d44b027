import Primitives

/// Small counts under 64-bit hashes, four bytes each: what becomes of terms that have lost their counter.
///
/// A cell holds 22 bits of the hash and a count up to 1,023. A hash has two buckets of four cells, as in a cuckoo
/// filter (Fan et al., "Cuckoo filter: practically better than Bloom", 2014), and takes the emptier one (Azar et al.,
/// "Balanced allocations", 1999): with three of five cells in use hardly a count is lost, with three of four one in a
/// hundred; with one bucket each it would be one in twenty and one in ten. Where all eight are taken the least count
/// goes. Two terms are taken for one with a chance of two in a million.
struct CompactCounts: Sendable {
    private static let ways = 4
    private static let countBits: UInt32 = 10
    private static let countMax = UInt32(1) << countBits - 1

    private let buckets: Int
    private var cells: [UInt32] = []
    /// Pieces that have changed since they were last handed over.
    private var changed: [Bool] = []

    /// - Parameter capacity: counts that it has room for; the last ones are likely to push others out.
    init(capacity: Int) {
        buckets = max(1, capacity / Self.ways)
    }

    var capacity: Int { buckets * Self.ways }

    var isEmpty: Bool { cells.isEmpty }
    var memoryFootprint: Int { cells.capacity * 4 }

    static func bytes(_ capacity: Int) -> Int { max(ways, capacity) * 4 }

    /// Remembers a count that is not there yet.
    /// - Returns: the largest count that was lost for it; zero if none was.
    mutating func insert(_ hash: UInt64, count: UInt32) -> UInt32 {
        if cells.isEmpty { makeCells() }
        let (first, second) = (bucket(hash), otherBucket(hash))
        let (room, otherRoom) = (free(first), free(second))
        var cell = least(room < otherRoom ? second : first)
        if room == 0, otherRoom == 0 {
            let other = least(second)
            if cells[other] & Self.countMax < cells[cell] & Self.countMax { cell = other }
        }
        let kept = min(count, Self.countMax)
        let lost = cells[cell] & Self.countMax
        guard lost < kept else { return kept }
        set(cell, tag(hash) | kept)
        return max(lost, count - kept)
    }

    /// Takes a count back; zero if there is none.
    mutating func take(_ hash: UInt64) -> UInt32 {
        guard let cell = cell(hash) else { return 0 }
        defer { set(cell, 0) }
        return cells[cell] & Self.countMax
    }

    /// A count; zero if there is none.
    subscript(hash: UInt64) -> UInt32 { cell(hash).map { cells[$0] & Self.countMax } ?? 0 }

    private func cell(_ hash: UInt64) -> Int? {
        guard !cells.isEmpty else { return nil }
        let tag = tag(hash)
        return cell(tag, in: bucket(hash)) ?? cell(tag, in: otherBucket(hash))
    }

    private func cell(_ tag: UInt32, in bucket: Int) -> Int? {
        for cell in bucket..<bucket + Self.ways
        where cells[cell] & ~Self.countMax == tag && cells[cell] & Self.countMax != 0 {
            return cell
        }
        return nil
    }

    private func free(_ bucket: Int) -> Int {
        var free = 0
        for cell in bucket..<bucket + Self.ways where cells[cell] == 0 { free += 1 }
        return free
    }

    private func least(_ bucket: Int) -> Int {
        var least = bucket
        for cell in bucket + 1..<bucket + Self.ways where cells[cell] & Self.countMax < cells[least] & Self.countMax {
            least = cell
        }
        return least
    }

    /// Both by other bits than those of the tag.
    private func bucket(_ hash: UInt64) -> Int { start(hash << 22) }
    private func otherBucket(_ hash: UInt64) -> Int { start((hash << 22) &* 0x9E37_79B9_7F4A_7C15) }

    private func start(_ hash: UInt64) -> Int {
        Int(hash.multipliedFullWidth(by: UInt64(buckets)).high) * Self.ways
    }

    private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~Self.countMax }

    private mutating func makeCells() {
        cells = Array(repeating: 0, count: capacity)
        changed = Array(repeating: false, count: (capacity + Self.pieceCells - 1) / Self.pieceCells)
    }

    private mutating func set(_ cell: Int, _ value: UInt32) {
        cells[cell] = value
        changed[cell / Self.pieceCells] = true
    }

    // MARK: storage

    private static let pieceCells = 16_384

    private func cells(of piece: Int) -> Range<Int> {
        piece * Self.pieceCells..<min(cells.count, (piece + 1) * Self.pieceCells)
    }

    /// Hands over the pieces that have changed since the last call: their cells, little-endian.
    mutating func takeChanges(all: Bool, _ body: (_ piece: Int, [UInt8]) -> Void) {
        for piece in changed.indices where all || changed[piece] {
            var writer = ByteWriter()
            for cell in cells(of: piece) { writer.append(cells[cell]) }
            body(piece, writer.bytes)
            changed[piece] = false
        }
    }

    /// Takes back what `takeChanges` handed over of counts of the same capacity.
    mutating func restore(_ bytes: [UInt8], piece: Int) throws(Fault) {
        if cells.isEmpty { makeCells() }
        guard changed.indices.contains(piece) else { throw ByteReader.fault }
        try bytes.read { (reader) throws(Fault) in
            for cell in cells(of: piece) { cells[cell] = try reader.read(UInt32.self) }
            guard reader.isAtEnd else { throw ByteReader.fault }
        }
    }
}
