import Glibc

/// A hash table from byte keys to dense numbers 0, 1, 2 … in the order of arrival: the groups of a window, say.
///
/// Open addressing with linear probing over 32-bit slots, at most three quarters full; each key's bytes lie once, end
/// to end, and its 64-bit hash beside them, so that growing never reads the keys. A slot holds a key's number and, in
/// the bits that numbers of its table leave over, some of its hash: probing past another key hardly ever reads what
/// that one's are.
package struct KeyTable: ~Copyable {
    private var slots: UnsafeMutablePointer<UInt32>
    private var slotMask: Int
    /// The bits of a slot that hold a number.
    private var numberMask: UInt32
    private var entries: UnsafeMutablePointer<Entry>
    private var entryCapacity: Int
    private var bytes: UnsafeMutableRawPointer
    private var byteCapacity: Int
    private var byteCount = 0

    /// Keys in the table.
    package private(set) var count = 0
    /// Whether look-ups find them.
    private var isListed = true

    /// No number fills its bits: there are fewer keys than slots.
    private static let empty = UInt32.max
    /// A table of fewer bytes lies in the nearest caches.
    private static let nearBytes = 1 << 18
    /// How many keys ahead a growing table asks for the slot that it will write.
    private static let placesAhead = 32

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
        numberMask = UInt32(truncatingIfNeeded: slotMask)
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
        let tag = tag(hash)
        var place = Int(truncatingIfNeeded: hash) & slotMask
        while true {
            let slot = slots[place]
            if slot == Self.empty { break }
            if slot & ~numberMask == tag {
                let index = Int(slot & numberMask)
                if entries[index].hash == hash && matches(index, key) { return (index, false) }
            }
            place = (place + 1) & slotMask
        }
        if count == Self.keysMax(slotMask + 1) {
            growSlots()
            place = freePlace(hash)
        }
        slots[place] = self.tag(hash) | UInt32(truncatingIfNeeded: count)
        append(key, hash)
        return (count - 1, true)
    }

    /// Numbers a key without looking for it. Such a table only keeps keys in their order, however often one comes:
    /// none of them is ever found.
    package mutating func append(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        assert(!isListed || count == 0, "a table either looks its keys up or does not")
        isListed = false
        append(key, hash)
        return count - 1
    }

    /// The number of a known key.
    package func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let tag = tag(hash)
        var place = Int(truncatingIfNeeded: hash) & slotMask
        while slots[place] != Self.empty {
            let slot = slots[place]
            if slot & ~numberMask == tag {
                let index = Int(slot & numberMask)
                if entries[index].hash == hash && matches(index, key) { return index }
            }
            place = (place + 1) & slotMask
        }
        return nil
    }

    /// The bytes of a key, lent until the next insertion.
    package func key(_ index: Int) -> UnsafeRawBufferPointer {
        let start = start(index)
        return UnsafeRawBufferPointer(start: bytes + start, count: entries[index].end - start)
    }

    /// The bytes of keys that came one after another, end to end, lent until the next insertion.
    package func keys(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        let start = start(range.lowerBound)
        return UnsafeRawBufferPointer(start: bytes + start, count: self.start(range.upperBound) - start)
    }

    /// Where a key starts among the bytes of all.
    package func start(_ index: Int) -> Int { index == 0 ? 0 : entries[index - 1].end }

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
        let slot = slots[Int(truncatingIfNeeded: hash) & slotMask]
        if slot & ~numberMask == tag(hash) { prefetch(entries + Int(slot & numberMask)) }
    }

    /// Bytes of memory that the table holds.
    package var memoryFootprint: Int {
        (slotMask + 1) * 4 + entryCapacity * 16 + byteCapacity
    }

    /// How many keys so many slots are for.
    private static func keysMax(_ slots: Int) -> Int { slots / 4 * 3 }

    private static func slotCount(_ keys: Int) -> Int {
        var count = 16
        while keysMax(count) < keys { count *= 2 }
        return count
    }

    private func matches(_ index: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        let stored = self.key(index)
        guard stored.count == key.count else { return false }
        guard let left = stored.baseAddress, let right = key.baseAddress else { return true }
        return memcmp(left, right, key.count) == 0
    }

    /// What a slot says of a hash: bits that neither say where the slot is nor whose the key is.
    private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 24) & ~numberMask }

    private func freePlace(_ hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & slotMask
        while slots[place] != Self.empty { place = (place + 1) & slotMask }
        return place
    }

    private mutating func append(_ key: UnsafeRawBufferPointer, _ hash: UInt64) {
        if count == entryCapacity {
            entryCapacity *= 2
            entries = resizedMemory(entries, byteCount: entryCapacity * MemoryLayout<Entry>.stride)
                .assumingMemoryBound(to: Entry.self)
        }
        let needed = byteCount + key.count
        if needed > byteCapacity {
            byteCapacity = max(needed, byteCapacity * 2)
            bytes = resizedMemory(bytes, byteCount: byteCapacity)
        }
        if let base = key.baseAddress { (bytes + byteCount).copyMemory(from: base, byteCount: key.count) }
        byteCount = needed
        entries[count] = Entry(hash: hash, end: byteCount)
        count += 1
    }

    private mutating func growSlots() {
        slots.deallocate()
        let slotCount = (slotMask + 1) * 2
        precondition(slotCount <= Int(UInt32.max), "a table numbers its keys with 32 bits")
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Self.empty, count: slotCount)
        slotMask = slotCount - 1
        numberMask = UInt32(truncatingIfNeeded: slotMask)
        for index in 0..<count {
            if index + Self.placesAhead < count { prefetchSlot(entries[index + Self.placesAhead].hash) }
            let hash = entries[index].hash
            slots[freePlace(hash)] = tag(hash) | UInt32(truncatingIfNeeded: index)
        }
    }
}
