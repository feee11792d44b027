import Dataflow
import Primitives

/// Makes a run of keys that come sorted by hash, a page at a time.
struct SeenRunBuilder: ~Copyable {
    private static let partByteCount = 1 << 20
    /// Room for the widest keys.
    private static let pageCapacity = SeenRunFormat.keysPerPage * 16 + 8

    private let horizon: DedupeHorizon
    private let filter: HashFilter
    private var page = [UInt8](repeating: 0, count: Self.pageCapacity)
    private var parts: [[UInt8]] = []
    private var index = SeenIndex()
    private var groups = Array(repeating: 0, count: KeyGroup.count)
    private var keyCount = 0
    private var last: UInt64 = 0

    /// - Parameters:
    ///   - keyCount: keys that will come.
    ///   - range: between which their hashes lie.
    init(_ horizon: DedupeHorizon, keyCount: Int, range: ClosedRange<UInt64>) {
        self.horizon = horizon
        filter = HashFilter(count: keyCount, range: range)
    }

    /// - Parameter keys: a page, full if another will follow.
    mutating func append(_ keys: UnsafeBufferPointer<SeenKey>) {
        assert(keys.count <= SeenRunFormat.keysPerPage && keyCount % SeenRunFormat.keysPerPage == 0)
        assert(keys[0].hash >= last, "keys come sorted")
        var widest: UInt64 = 0
        last = keys[0].hash
        for key in keys {
            widest |= key.hash - last
            last = key.hash
            filter.insert(key.hash)
            groups[KeyGroup.of(hash: key.hash)] += 1
        }
        keyCount += keys.count
        let width = UInt64.bitWidth - widest.leadingZeroBitCount
        let byteCount = pack(keys, width)
        page.withUnsafeBytes {
            index.append(
                first: keys[0].hash, checksum: SeenRunFormat.checksum($0.prefix(byteCount)), width: UInt8(width))
        }
        if parts.last.map({ $0.count >= Self.partByteCount }) ?? true {
            parts.append([])
            parts[parts.count - 1].reserveCapacity(Self.partByteCount + Self.pageCapacity)
        }
        parts[parts.count - 1].append(contentsOf: page[..<byteCount])
    }

    /// Packs a page.
    /// - Returns: its bytes.
    private mutating func pack(_ keys: UnsafeBufferPointer<SeenKey>, _ width: Int) -> Int {
        let (checkBits, offsetBits) = (horizon.checkBits, horizon.offsetBits)
        return page.withUnsafeMutableBytes { page in
            var packer = BitPacker(page)
            var hash = keys[0].hash
            for key in keys {
                packer.append(key.hash - hash, width: width)
                let rest = UInt64(key.check) << UInt64(offsetBits) | UInt64(key.offset)
                packer.append(rest, width: checkBits + offsetBits)
                hash = key.hash
            }
            return packer.finish()
        }
    }

    /// Writes the file.
    consuming func finish(in folder: SpillFolder) throws(Fault) -> SeenRun {
        let bytes = index.bytes
        let format = SeenRunFormat(
            keyCount: keyCount, checkBits: horizon.checkBits, offsetBits: horizon.offsetBits, last: last,
            indexChecksum: bytes.withUnsafeBytes { Hashing.hash64($0) })
        let file = try folder.create(parts + [bytes, format.trailer])
        let filled = groups.enumerated().filter { $1 > 0 }.map { ($0, $1) }
        return SeenRun(
            SeenRunPages(file, format, index, checkBits: horizon.checkBits), filter,
            groups: Dictionary(uniqueKeysWithValues: filled))
    }
}
