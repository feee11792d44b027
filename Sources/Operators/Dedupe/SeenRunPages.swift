import Dataflow
import Primitives

/// The pages of a run's file, and where each lies.
struct SeenRunPages {
    private static let chunkByteCount = 1 << 20

    let file: SpillFile
    let format: SeenRunFormat
    let index: SeenIndex
    /// The bits of a check that are looked at: earlier versions wrote more of them.
    let checkMask: UInt32
    /// Where each page starts in the file; one more than there are pages.
    let starts: [Int]

    var memoryFootprint: Int { index.memoryFootprint + starts.capacity * 8 }

    init(_ file: SpillFile, _ format: SeenRunFormat, _ index: SeenIndex, checkBits: Int) {
        self.file = file
        checkMask = SeenKey.checkMask(bits: checkBits)
        self.format = format
        self.index = index
        starts = Self.starts(format, index)
    }

    /// Reads what the file says of its pages.
    /// - Parameter checkBits: bits of a check to look at, where the file has as many.
    init(opening file: SpillFile, checkBits: Int = 32) throws(Fault) {
        let trailerAt = file.byteCount - SeenRunFormat.trailerByteCount
        guard trailerAt >= 0 else { throw file.damage }
        let trailer = try file.read(at: trailerAt, count: SeenRunFormat.trailerByteCount)
        guard let format = trailer.withUnsafeBytes({ SeenRunFormat(trailer: $0) }), format.indexByteCount <= trailerAt
        else { throw file.damage }
        let bytes = try file.read(at: trailerAt - format.indexByteCount, count: format.indexByteCount)
        guard bytes.withUnsafeBytes({ Hashing.hash64($0) }) == format.indexChecksum else { throw file.damage }
        self.init(
            file, format, bytes.withUnsafeBytes { SeenIndex($0, pageCount: format.pageCount) }, checkBits: checkBits)
        guard starts[format.pageCount] == trailerAt - format.indexByteCount else { throw file.damage }
    }

    private static func starts(_ format: SeenRunFormat, _ index: SeenIndex) -> [Int] {
        var starts = [0]
        starts.reserveCapacity(format.pageCount + 1)
        for page in 0..<format.pageCount {
            starts.append(starts[page] + format.byteCount(of: page, width: Int(index.widths[page])))
        }
        return starts
    }

    /// How many pages from one on make a chunk that is worth reading at once.
    func chunk(from page: Int) -> Range<Int> {
        var end = page + 1
        while end < format.pageCount && starts[end + 1] - starts[page] < Self.chunkByteCount { end += 1 }
        return page..<end
    }

    /// The bytes of pages, each checked, and `BitReader.padding` more.
    func read(_ pages: Range<Int>) throws(Fault) -> [UInt8] {
        let start = starts[pages.lowerBound]
        let bytes = try file.read(at: start, count: starts[pages.upperBound] - start + BitReader.padding)
        let areWhole = bytes.withUnsafeBytes { bytes in
            pages.allSatisfy { page in
                SeenRunFormat.checksum(bytes[starts[page] - start..<starts[page + 1] - start]) == index.checksums[page]
            }
        }
        guard areWhole else { throw file.damage }
        return bytes
    }
}
