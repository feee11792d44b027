package import Primitives

/// The most frequent items of a stream with a fixed number of counters.
///
/// Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005): of
/// N items, every one that came more than N / capacity times has a counter, and no count is too high by more than that
/// (each entry knows by how much at most). Merging follows Agarwal et al., "Mergeable summaries" (2012).
package struct SpaceSaving: Sketch, Sendable {
    /// An item with its count; the true count is between `count - error` and `count`.
    package struct Entry: Sendable, Hashable {
        package var item: [UInt8]
        package var count: Int64
        package var error: Int64
        var hash: UInt64
    }

    package let capacity: Int
    /// A heap with the least count on top.
    private var heap: [Entry] = []
    /// Where each item stands in the heap, by its hash, which stands for it.
    private var positions: [UInt64: Int] = [:]

    /// - Parameter capacity: counters; at least one.
    package init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Counts an item `weight` times; `hash` is a good 64-bit hash of its bytes.
    package mutating func insert(bytes: UnsafeBufferPointer<UInt8>, hash: UInt64, weight: Int64) {
        if let position = positions[hash] {
            heap[position].count += weight
            siftDown(position)
        } else if heap.count < capacity {
            append(Entry(item: Array(bytes), count: weight, error: 0, hash: hash))
        } else {
            // The newcomer takes the place of the least; it may have come as often as that one, unseen.
            let least = heap[0]
            positions[least.hash] = nil
            heap[0] = Entry(item: Array(bytes), count: least.count + weight, error: least.count, hash: hash)
            positions[hash] = 0
            siftDown(0)
        }
    }

    /// Takes everything that another sketch of the same capacity has counted.
    package mutating func merge(_ other: SpaceSaving) {
        if heap.isEmpty, capacity == other.capacity {
            self = other
            return
        }
        let ownLeast = heap.count == capacity ? heap[0].count : 0
        let otherLeast = other.heap.count == other.capacity ? other.heap[0].count : 0
        var merged: [Entry] = []
        for var entry in heap {
            if let position = other.positions[entry.hash] {
                entry.count += other.heap[position].count
                entry.error += other.heap[position].error
            } else {
                entry.count += otherLeast
                entry.error += otherLeast
            }
            merged.append(entry)
        }
        for var entry in other.heap where positions[entry.hash] == nil {
            entry.count += ownLeast
            entry.error += ownLeast
            merged.append(entry)
        }
        merged.sort(by: Self.isBefore)
        heap = []
        positions = [:]
        for entry in merged.prefix(capacity) { append(entry) }
    }

    /// The `count` most frequent items; of equal ones the lesser bytes first.
    package func top(_ count: Int) -> [Entry] {
        Array(heap.sorted(by: Self.isBefore).prefix(count))
    }

    /// Bytes of memory beyond the struct itself, about.
    package var memoryFootprint: Int {
        heap.reduce(heap.capacity * MemoryLayout<Entry>.stride + positions.capacity * 24) { $0 + $1.item.capacity + 32 }
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        if left.count != right.count { return left.count > right.count }
        return left.item.lexicographicallyPrecedes(right.item)
    }

    private mutating func append(_ entry: Entry) {
        heap.append(entry)
        positions[entry.hash] = heap.count - 1
        siftUp(heap.count - 1)
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard heap[position].count < heap[parent].count else { return }
            swap(position, parent)
            position = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        while true {
            var least = position
            for child in [2 * position + 1, 2 * position + 2]
            where child < heap.count && heap[child].count < heap[least].count {
                least = child
            }
            if least == position { return }
            swap(position, least)
            position = least
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        positions[heap[left].hash] = left
        positions[heap[right].hash] = right
    }
}

extension SpaceSaving {
    package static let name = "SpaceSaving"
    package static let version: UInt8? = 1
    /// No stream has counted more; sums of sketches that were read stay far from overflow.
    private static let countMax: Int64 = 1 << 56

    /// Capacity, entries; each entry its hash, count, error, length and bytes. Entries stand as in the heap, so that
    /// of equally rare items the same one gives way to a newcomer after reading.
    package func append(to writer: inout ByteWriter) {
        writer.append(UInt32(capacity))
        writer.append(UInt32(heap.count))
        for entry in heap {
            writer.append(entry.hash)
            writer.append(entry.count)
            writer.append(entry.error)
            writer.append(UInt32(truncatingIfNeeded: entry.item.count))
            writer.append(entry.item)
        }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        capacity = Int(try reader.read(UInt32.self))
        let count = Int(try reader.read(UInt32.self))
        guard capacity > 0, count <= capacity else { throw ByteReader.fault }
        for _ in 0..<count {
            let hash = try reader.read(UInt64.self)
            let times = try reader.read(Int64.self)
            let error = try reader.read(Int64.self)
            let length = Int(try reader.read(UInt32.self))
            let item = Array(try reader.read(length))
            guard times <= Self.countMax, error >= 0, error <= times, positions[hash] == nil
            else {
                throw ByteReader.fault
            }
            append(Entry(item: item, count: times, error: error, hash: hash))
        }
    }
}
