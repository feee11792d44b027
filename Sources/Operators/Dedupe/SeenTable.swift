import Primitives

/// Keys seen in one bucket: open addressing over 16-byte entries, at most half full.
final class SeenTable {
    private var entries: UnsafeMutablePointer<SeenKey>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 63
        entries = Self.allocate(mask + 1)
    }

    deinit {
        entries.deallocate()
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<SeenKey> {
        let entries = UnsafeMutablePointer<SeenKey>.allocate(capacity: capacity)
        entries.initialize(repeating: SeenKey(hash: 0, check: 0, offset: 0), count: capacity)
        return entries
    }

    /// The slots as they lie now: until the next key is inserted, or the table is no more.
    var slots: Slots { Slots(entries: UnsafePointer(entries), mask: mask) }

    /// What a look-up reads, without counting a reference.
    struct Slots: BitwiseCopyable {
        fileprivate let entries: UnsafePointer<SeenKey>
        fileprivate let mask: Int

        /// Whether the key is here with an offset that `matches`.
        @inline(__always)
        func contains(_ key: SeenKey, _ matches: (UInt32) -> Bool) -> Bool {
            var slot = Int(truncatingIfNeeded: key.hash) & mask
            while entries[slot].hash != 0 {
                let entry = entries[slot]
                if entry.hash == key.hash && entry.check == key.check && matches(entry.offset) { return true }
                slot = (slot + 1) & mask
            }
            return false
        }

        /// A look-up of the hash is to come.
        @inline(__always)
        func prefetch(_ hash: UInt64) {
            Primitives.prefetch(entries + (Int(truncatingIfNeeded: hash) & mask))
        }
    }

    func insert(_ key: SeenKey) {
        if isFull { grow() }
        place(key)
        count += 1
    }

    /// Whether another key makes it grow.
    var isFull: Bool { count * 2 > mask }

    var memoryFootprint: Int { (mask + 1) * MemoryLayout<SeenKey>.stride }

    /// Bytes that it takes beside these while it grows, if it is about to.
    var imminentGrowth: Int { count > (mask + 1) / 16 * 7 ? memoryFootprint * 2 : 0 }

    /// Keys that have room before it grows.
    var capacity: Int { (mask + 1) / 2 }

    /// In no order.
    var keys: [SeenKey] {
        [SeenKey](unsafeUninitializedCapacity: count) { keys, filled in
            for slot in 0...mask where entries[slot].hash != 0 {
                keys[filled] = entries[slot]
                filled += 1
            }
        }
    }

    /// The keys by hash, in the table's own memory, which is of no other use after that.
    func takeSorted() -> UnsafeMutableBufferPointer<SeenKey> {
        var kept = 0
        for slot in 0...mask where entries[slot].hash != 0 {
            entries[kept] = entries[slot]
            kept += 1
        }
        let keys = UnsafeMutableBufferPointer(start: entries, count: kept)
        keys.sortByHash()
        return keys
    }

    private func place(_ key: SeenKey) {
        var slot = Int(truncatingIfNeeded: key.hash) & mask
        while entries[slot].hash != 0 { slot = (slot + 1) & mask }
        entries[slot] = key
    }

    private func grow() {
        let old = entries
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        entries = Self.allocate(mask + 1)
        for index in 0..<oldCount where old[index].hash != 0 { place(old[index]) }
        old.deallocate()
    }
}
