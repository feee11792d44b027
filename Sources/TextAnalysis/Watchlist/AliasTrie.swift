/// A trie over bytes whose nodes lie level by level, the children of a node side by side in the order of their bytes:
/// nine bytes a node, and a step reads a few neighbouring bytes. The first two levels are a table.
struct AliasTrie: @unchecked Sendable {
    // Sendable: the arrays are not written after `init`.
    /// Where the children of each node start; one more entry ends the last.
    private let childStart: [UInt32]
    private let labels: [UInt8]
    private let values: [Int32]
    /// The node behind two bytes, or 0; where one byte is a whole key, that is in `single`.
    private let pairs: [UInt32]
    private let single: [Int32]

    /// - Parameter keys: bytes with their value, not negative; in ascending order of their bytes, none empty, none twice.
    init(_ keys: [(bytes: [UInt8], value: Int32)]) {
        var childStart: [UInt32] = []
        var labels: [UInt8] = [0]
        var values: [Int32] = [-1]
        // Keys that pass through each node of a level.
        var level = [0..<keys.count]
        var depth = 0
        var pairs = [UInt32](repeating: 0, count: 1 << 16)
        var single = [Int32](repeating: -1, count: 256)
        while !level.isEmpty {
            var next: [Range<Int>] = []
            for range in level {
                childStart.append(UInt32(truncatingIfNeeded: labels.count))
                var start = range.lowerBound
                // The shortest key of the range is the first, and may end here.
                if start < range.upperBound, keys[start].bytes.count == depth { start += 1 }
                while start < range.upperBound {
                    let byte = keys[start].bytes[depth]
                    var end = start + 1
                    while end < range.upperBound, keys[end].bytes[depth] == byte { end += 1 }
                    let node = labels.count
                    labels.append(byte)
                    values.append(keys[start].bytes.count == depth + 1 ? keys[start].value : -1)
                    if depth == 0 { single[Int(byte)] = values[node] }
                    if depth == 1 { pairs[Int(keys[start].bytes[0]) << 8 | Int(byte)] = UInt32(truncatingIfNeeded: node) }
                    next.append(start..<end)
                    start = end
                }
            }
            level = next
            depth += 1
        }
        childStart.append(UInt32(truncatingIfNeeded: labels.count))
        self.childStart = childStart
        self.labels = labels
        self.values = values
        self.pairs = pairs
        self.single = single
    }

    /// Bytes of memory.
    var memoryFootprint: Int {
        childStart.count * 4 + labels.count + values.count * 4 + pairs.count * 4 + single.count * 4
    }

    /// A trie whose arrays lie open for a search.
    struct Reader {
        let childStart: UnsafePointer<UInt32>
        let labels: UnsafePointer<UInt8>
        let values: UnsafePointer<Int32>
        let pairs: UnsafePointer<UInt32>
        let single: UnsafePointer<Int32>

        /// The longest key that starts at a position of a text and may end there.
        /// - Parameter edges: for each byte, bit 1 says that a key may not end before it.
        @inline(__always)
        func longest(
            _ text: UnsafeBufferPointer<UInt8>, _ edges: UnsafeBufferPointer<UInt8>, at start: Int
        ) -> (value: Int32, end: Int)? {
            var found: (value: Int32, end: Int)?
            let first = Int(text[start])
            if single[first] >= 0, edges[start + 1] & FoldedText.wordBehind == 0 { found = (single[first], start + 1) }
            guard start + 1 < text.count else { return found }
            var node = Int(pairs[first << 8 | Int(text[start + 1])])
            var position = start + 2
            while node != 0 {
                let value = values[node]
                if value >= 0, edges[position] & FoldedText.wordBehind == 0 { found = (value, position) }
                guard position < text.count else { break }
                node = child(node, text[position])
                position += 1
            }
            return found
        }

        @inline(__always)
        private func child(_ node: Int, _ byte: UInt8) -> Int {
            let end = Int(childStart[node + 1])
            var child = Int(childStart[node])
            while child < end, labels[child] < byte { child += 1 }
            return child < end && labels[child] == byte ? child : 0
        }
    }

    func withReader<Result>(_ body: (Reader) -> Result) -> Result {
        childStart.withUnsafeBufferPointer { childStart in
            labels.withUnsafeBufferPointer { labels in
                values.withUnsafeBufferPointer { values in
                    pairs.withUnsafeBufferPointer { pairs in
                        single.withUnsafeBufferPointer { single in
                            guard let childStart = childStart.baseAddress, let labels = labels.baseAddress,
                                let values = values.baseAddress, let pairs = pairs.baseAddress,
                                let single = single.baseAddress
                            else { preconditionFailure("a trie has a root") }
                            return body(
                                Reader(
                                    childStart: childStart, labels: labels, values: values, pairs: pairs,
                                    single: single))
                        }
                    }
                }
            }
        }
    }
}
