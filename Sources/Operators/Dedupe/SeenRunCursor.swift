import Primitives

/// Walks over the keys of a run from one hash to another, by hash, reading a chunk of pages at a time.
struct SeenRunCursor {
    private let pages: SeenRunPages
    private let range: ClosedRange<UInt64>
    private var bytes: [UInt8] = []
    private var chunk: Range<Int>
    private var page: Int
    private var keys: [SeenKey] = []
    private var position = 0

    init(_ pages: SeenRunPages, _ range: ClosedRange<UInt64>) {
        self.pages = pages
        self.range = range
        page = pages.index.page(for: range.lowerBound)
        chunk = page..<page
    }

    /// The next key; `nil` after the last.
    mutating func next() throws(Fault) -> SeenKey? {
        while true {
            if position < keys.count {
                let key = keys[position]
                position += 1
                if key.hash < range.lowerBound { continue }
                return key.hash <= range.upperBound ? key : nil
            }
            guard try readPage() else { return nil }
        }
    }

    private mutating func readPage() throws(Fault) -> Bool {
        guard page < pages.format.pageCount, pages.index.firsts[page] <= range.upperBound else { return false }
        if page == chunk.upperBound {
            chunk = pages.chunk(from: page)
            bytes = try pages.read(chunk)
        }
        keys.removeAll(keepingCapacity: true)
        position = 0
        let start = pages.starts[page] - pages.starts[chunk.lowerBound]
        bytes.withUnsafeBytes { bytes in
            var reader = SeenPageReader(
                UnsafeRawBufferPointer(rebasing: bytes[start...]), pages, page)
            while let key = reader.next() { keys.append(key) }
        }
        page += 1
        return true
    }
}
