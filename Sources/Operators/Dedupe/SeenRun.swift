import Dataflow
import Primitives

/// Keys of one bucket that lie on disk: a filter in memory says of most others that they are not there.
final class SeenRun {
    /// The keys of each key group that count, by group.
    let groups: [Int: Int]
    private let pages: SeenRunPages
    private let filter: HashFilter
    /// The page that was read last.
    private var page: [UInt8] = []
    private var pageNumber = -1
    /// Pages read to answer look-ups.
    private(set) var readCount = 0

    init(_ pages: SeenRunPages, _ filter: consuming HashFilter, groups: [Int: Int]) {
        self.pages = pages
        self.filter = filter
        self.groups = groups
    }

    var file: SpillFile { pages.file }
    var keyCount: Int { groups.values.reduce(0, +) }
    /// Between which the hashes lie that count.
    var range: ClosedRange<UInt64> { filter.range }
    var memoryFootprint: Int { filter.memoryFootprint + pages.memoryFootprint + page.capacity }

    /// Every key that counts, by hash.
    var cursor: SeenRunCursor { SeenRunCursor(pages, range) }

    /// Writes keys to a new file.
    /// - Parameter keys: by hash, at least one.
    static func seal(
        _ keys: UnsafeMutableBufferPointer<SeenKey>, _ horizon: DedupeHorizon, in folder: SpillFolder
    ) throws(Fault) -> SeenRun {
        let range = keys[0].hash...keys[keys.count - 1].hash
        var builder = SeenRunBuilder(horizon, keyCount: keys.count, range: range)
        for start in stride(from: 0, to: keys.count, by: SeenRunFormat.keysPerPage) {
            let end = min(keys.count, start + SeenRunFormat.keysPerPage)
            builder.append(UnsafeBufferPointer(rebasing: keys[start..<end]))
        }
        return try builder.finish(in: folder)
    }

    /// Opens a file that an earlier run has written and reads the keys of some key groups once, to make their filter.
    /// - Parameter groups: groups that follow each other, those of no keys left out, with the keys of each.
    static func open(
        _ name: String, groups: [Int: Int], _ horizon: DedupeHorizon, in folder: SpillFolder
    ) throws(Fault) -> SeenRun {
        let file = try folder.open(name)
        let pages = try SeenRunPages(opening: file, checkBits: horizon.checkBits)
        let allGroups = 0..<KeyGroup.count
        guard pages.format.checkBits >= horizon.checkBits, pages.format.offsetBits == horizon.offsetBits,
            let first = groups.keys.min(), let last = groups.keys.max(), allGroups.contains(first),
            allGroups.contains(last)
        else { throw file.damage }
        let lower = max(UInt64(first) << 56, pages.index.firsts[0])
        let upper = min(UInt64(last) << 56 | UInt64.max >> 8, pages.format.last)
        var count = groups.values.reduce(0) { $0 + min(max(0, $1), pages.format.keyCount) }
        guard lower <= upper, count <= pages.format.keyCount else { throw file.damage }
        let filter = HashFilter(count: count, range: lower...upper)
        var cursor = SeenRunCursor(pages, lower...upper)
        while let key = try cursor.next() {
            filter.insert(key.hash)
            count -= 1
        }
        guard count == 0 else { throw file.damage }
        return SeenRun(pages, filter, groups: groups)
    }

    /// Whether the key is here with an offset that `matches`.
    func contains(_ key: SeenKey, _ matches: (UInt32) -> Bool) throws(Fault) -> Bool {
        guard filter.mayContain(key.hash) else { return false }
        var number = pages.index.page(for: key.hash)
        while number < pages.format.pageCount && pages.index.firsts[number] <= key.hash {
            if number != pageNumber {
                readCount += 1
                pageNumber = -1
                page = try pages.read(number..<number + 1)
                pageNumber = number
            }
            let isHere = page.withUnsafeBytes { bytes in
                var keys = SeenPageReader(bytes, pages, number)
                while let candidate = keys.next(), candidate.hash <= key.hash {
                    let isSame = candidate.hash == key.hash && candidate.check == key.check
                    if isSame && matches(candidate.offset) { return true }
                }
                return false
            }
            if isHere { return true }
            number += 1
        }
        return false
    }
}
