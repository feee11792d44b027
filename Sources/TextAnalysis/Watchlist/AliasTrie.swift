/// A trie over bytes whose nodes lie level by level, the children of a node side by side in the order of their bytes:
/// nine bytes a node, and a step reads a few neighbouring bytes.
final class AliasTrie: Sendable {
    struct Node: BitwiseCopyable {
        /// Where its children start; they end where those of the next node do.
        var children: UInt32
        /// The value of the key that ends here, or less than 0.
        var value: Int32
    }

    let nodes: ConstantTable<Node>
    private let labels: ConstantTable<UInt8>
    /// The children of the root by their byte, 0 for none.
    private let first: ConstantTable<UInt32>

    /// - Parameter keys: bytes with their value, which is not negative; in ascending order of their bytes, none empty,
    ///   none twice.
    init(_ keys: [(bytes: [UInt8], value: Int32)]) {
        var nodes = [Node(children: 0, value: -1)]
        var labels: [UInt8] = [0]
        var first = [UInt32](repeating: 0, count: 256)
        // For each node of a level, the keys that pass through it.
        var level = [0..<keys.count]
        var parent = 0
        var depth = 0
        while !level.isEmpty {
            var next: [Range<Int>] = []
            for range in level {
                nodes[parent].children = UInt32(truncatingIfNeeded: nodes.count)
                parent += 1
                var start = range.lowerBound
                // The shortest key of the range is its first, and may end here.
                if start < range.upperBound, keys[start].bytes.count == depth { start += 1 }
                while start < range.upperBound {
                    let byte = keys[start].bytes[depth]
                    var end = start + 1
                    while end < range.upperBound, keys[end].bytes[depth] == byte { end += 1 }
                    if depth == 0 { first[Int(byte)] = UInt32(truncatingIfNeeded: nodes.count) }
                    let isEnd = keys[start].bytes.count == depth + 1
                    nodes.append(Node(children: 0, value: isEnd ? keys[start].value : -1))
                    labels.append(byte)
                    next.append(start..<end)
                    start = end
                }
            }
            level = next
            depth += 1
        }
        nodes.append(Node(children: UInt32(truncatingIfNeeded: nodes.count), value: -1))
        self.nodes = ConstantTable(nodes)
        self.labels = ConstantTable(labels)
        self.first = ConstantTable(first)
    }

    deinit {
        nodes.deallocate()
        labels.deallocate()
        first.deallocate()
    }

    /// Bytes of memory.
    var memoryFootprint: Int { nodes.count * (MemoryLayout<Node>.stride + 1) + 1024 }

    /// The node behind a first byte, 0 if there is none.
    @inline(__always)
    func root(_ byte: UInt8) -> Int { Int(first[Int(byte)]) }

    /// The node behind a node and a byte, 0 if there is none.
    @inline(__always)
    func child(_ node: Int, _ byte: UInt8) -> Int {
        let end = Int(nodes[node + 1].children)
        var child = Int(nodes[node].children)
        while child < end, labels[child] < byte { child += 1 }
        return child < end && labels[child] == byte ? child : 0
    }
}
