/// Bytes of many rows in a few blocks, so that a row costs no allocation of its own.
struct RowArena {
    /// Where a row lies.
    struct Place: BitwiseCopyable {
        var block: UInt32
        var offset: UInt32
        var length: UInt32
    }

    private static let blockBytesMin = 1 << 10
    private static let blockBytesMax = 1 << 20

    private var blocks: [[UInt8]] = []
    private var capacity = 0
    private var liveBytes = 0

    mutating func add(_ row: UnsafeRawBufferPointer) -> Place {
        if blocks.last.map({ $0.capacity - $0.count < row.count }) ?? true {
            var block: [UInt8] = []
            block.reserveCapacity(max(row.count, min(max(capacity, Self.blockBytesMin), Self.blockBytesMax)))
            capacity += block.capacity
            blocks.append(block)
        }
        let last = blocks.count - 1
        let place = Place(
            block: UInt32(truncatingIfNeeded: last), offset: UInt32(truncatingIfNeeded: blocks[last].count),
            length: UInt32(truncatingIfNeeded: row.count))
        blocks[last].append(contentsOf: row)
        liveBytes += row.count
        return place
    }

    /// A row is needed no longer.
    mutating func remove(_ place: Place) { liveBytes -= Int(place.length) }

    /// Whether most of what it holds is needed no longer: whoever has the places moves what is left to a new one.
    var isWasteful: Bool { capacity > 2 * liveBytes + 2 * Self.blockBytesMax }

    /// Lends a row.
    func withRow<Result>(_ place: Place, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        blocks[Int(place.block)].withUnsafeBytes { block in
            body(UnsafeRawBufferPointer(rebasing: block[Int(place.offset)...].prefix(Int(place.length))))
        }
    }

    var memoryFootprint: Int { capacity }
}
