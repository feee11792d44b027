/// Walks over the keys of a page, by hash.
struct SeenPageReader {
    private var bits: BitReader
    private var left: Int
    private var hash: UInt64
    private let width: Int
    private let restWidth: Int
    private let offsetBits: UInt64
    private let offsetMask: UInt64
    private let checkMask: UInt32

    /// - Parameter page: the page's bytes and at least `BitReader.padding` more.
    init(_ page: UnsafeRawBufferPointer, _ pages: SeenRunPages, _ number: Int) {
        let (format, index) = (pages.format, pages.index)
        bits = BitReader(page)
        checkMask = pages.checkMask
        left = format.keys(in: number)
        hash = index.firsts[number]
        width = Int(index.widths[number])
        restWidth = format.checkBits + format.offsetBits
        offsetBits = UInt64(format.offsetBits)
        offsetMask = 1 << UInt64(format.offsetBits) - 1
    }

    mutating func next() -> SeenKey? {
        guard left > 0 else { return nil }
        left -= 1
        hash &+= bits.next(width: width)
        let rest = bits.next(width: restWidth)
        return SeenKey(
            hash: hash, check: UInt32(truncatingIfNeeded: rest >> offsetBits) & checkMask,
            offset: UInt32(truncatingIfNeeded: rest & offsetMask))
    }
}
