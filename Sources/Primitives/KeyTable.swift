import Glibc

/// A hash table from byte keys to dense numbers 0, 1, 2 … in the order of arrival: the groups of a window, say.
///
/// Open addressing with linear probing over 32-bit slots, at most half full; each key's bytes lie once, end to end, and
/// its 64-bit hash beside them, so that growing never reads the keys and most mismatches never touch them.
package struct KeyTable: ~Copyable {
    private var slots: UnsafeMutablePointer<UInt32>
    private var slotMask: Int
    private var entries: UnsafeMutablePointer<Entry>
    private var entryCapacity: Int
    private var bytes: UnsafeMutableRawPointer
    private var byteCapacity: Int
    private var byteCount = 0

    /// Keys in the table.
    package private(set) var count = 0
    /// Whether look-ups find them.
    private var isListed = true

    private static let empty = UInt32.max
    /// A table of fewer bytes lies in the nearest caches.
    private static let nearBytes = 1 << 18

    /// What a look-up compares, side by side.
    private struct Entry {
        var hash: UInt64
        /// The end of the key in `bytes`; it starts where the one before ends.
        var end: Int
    }

    /// - Parameter capacity: keys that fit before the table grows.
    package init(capacity: Int = 16) {
        let entries = max(8, capacity)
        let slotCount = Self.slotCount(entries)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Self.empty, count: slotCount)
        slotMask = slotCount - 1
        self.entries = resizedMemory(nil, byteCount: entries * MemoryLayout<Entry>.stride).assumingMemoryBound(
            to: Entry.self)
        entryCapacity = entries
        byteCapacity = entries * 16
        bytes = resizedMemory(nil, byteCount: byteCapacity)
    }

    deinit {
        slots.deallocate()
        free(entries)
        free(bytes)
    }

    /// The number of a key, new or known.
    package mutating func insert(_ key: UnsafeRawBufferPointer, hash: UInt64) -> (index: Int, isNew: Bool) {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while true {
            let entry = slots[slot]
            if entry == Self.empty { break }
            let index = Int(entry)
            if entries[index].hash == hash && matches(index, key) { return (index, false) }
            slot = (slot + 1) & slotMask
        }
        if count == entryCapacity {
            growEntries()
            slot = freeSlot(hash)
        }
        let index = count
        slots[slot] = UInt32(truncatingIfNeeded: index)
        append(key)
        entries[index] = Entry(hash: hash, end: byteCount)
        count += 1
        return (index, true)
    }

    /// Numbers a key without looking for it. Such a table only keeps keys in their order, however often one comes:
    /// none of them is ever found.
    package mutating func append(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        assert(!isListed || count == 0, "a table either looks its keys up or does not")
        isListed = false
        if count == entryCapacity { growEntries() }
        append(key)
        entries[count] = Entry(hash: hash, end: byteCount)
        count += 1
        return count - 1
    }

    /// The number of a known key.
    package func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != Self.empty {
            let index = Int(slots[slot])
            if entries[index].hash == hash && matches(index, key) { return index }
            slot = (slot + 1) & slotMask
        }
        return nil
    }

    /// The bytes of a key, lent until the next insertion.
    package func key(_ index: Int) -> UnsafeRawBufferPointer {
        let start = index == 0 ? 0 : entries[index - 1].end
        return UnsafeRawBufferPointer(start: bytes + start, count: entries[index].end - start)
    }

    package func hash(_ index: Int) -> UInt64 { entries[index].hash }

    // MARK: Look-ups to come

    /// Whether look-ups wait for memory, so that it is worth asking for it ahead.
    package var isFar: Bool { (slotMask + 1) * 4 > Self.nearBytes }

    /// Asks for the slot of a hash that will be looked up.
    package func prefetchSlot(_ hash: UInt64) {
        prefetch(slots + (Int(truncatingIfNeeded: hash) & slotMask))
    }

    /// Asks for what that slot leads to.
    package func prefetchEntry(_ hash: UInt64) {
        let entry = slots[Int(truncatingIfNeeded: hash) & slotMask]
        if entry != Self.empty { prefetch(entries + Int(entry)) }
    }

    /// Bytes of memory that the table holds.
    package var memoryFootprint: Int {
        (slotMask + 1) * 4 + entryCapacity * 16 + byteCapacity
    }

    private static func slotCount(_ entries: Int) -> Int {
        var count = 16
        while count < entries * 2 { count *= 2 }
        return count
    }

    private func matches(_ index: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        let stored = self.key(index)
        guard stored.count == key.count else { return false }
        guard let left = stored.baseAddress, let right = key.baseAddress else { return true }
        return memcmp(left, right, key.count) == 0
    }

    private func freeSlot(_ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != Self.empty { slot = (slot + 1) & slotMask }
        return slot
    }

    private mutating func append(_ key: UnsafeRawBufferPointer) {
        let needed = byteCount + key.count
        if needed > byteCapacity {
            byteCapacity = max(needed, byteCapacity * 2)
            bytes = resizedMemory(bytes, byteCount: byteCapacity)
        }
        if let base = key.baseAddress { (bytes + byteCount).copyMemory(from: base, byteCount: key.count) }
        byteCount = needed
    }

    private mutating func growEntries() {
        let capacity = entryCapacity * 2
        precondition(capacity < Int(UInt32.max), "a table numbers its keys with 32 bits")
        entries = resizedMemory(entries, byteCount: capacity * MemoryLayout<Entry>.stride).assumingMemoryBound(
            to: Entry.self)
        entryCapacity = capacity
        guard isListed else { return }
        slots.deallocate()
        let slotCount = Self.slotCount(capacity)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Self.empty, count: slotCount)
        slotMask = slotCount - 1
        for index in 0..<count { slots[freeSlot(entries[index].hash)] = UInt32(truncatingIfNeeded: index) }
    }
}
