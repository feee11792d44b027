/// Something that stands in a table under a 64-bit hash; a hash of 0 marks a free place.
package protocol HashSlot: BitwiseCopyable, Sendable {
    var hash: UInt64 { get }
    static var free: Self { get }
}

/// A table of fixed-size slots under good 64-bit hashes, each of which stands for what was hashed: of ten million
/// different terms two share one with a chance of 3 in a million.
///
/// Open addressing with linear probing, at most three quarters full; it grows by doubling up to the size that its
/// capacity needs, which need not be a power of two.
struct HashSlots<Slot: HashSlot>: Sendable {
    let capacity: Int
    private(set) var count = 0
    private(set) var slots: [Slot]
    /// Odd. Tables that are filled from one another need different ones: what comes in the order of a table's own
    /// places would all be put into its beginning, one behind the other.
    private let multiplier: UInt64

    init(capacity: Int, multiplier: UInt64 = 1) {
        self.capacity = max(1, capacity)
        self.multiplier = multiplier
        slots = Array(repeating: .free, count: min(Self.size(self.capacity), 1_024))
    }

    var isFull: Bool { count >= capacity }

    subscript(place: Int) -> Slot {
        get { slots[place] }
        set { slots[place] = newValue }
    }

    /// No slot has the hash 0.
    static func key(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    /// Where a hash stands, or could be put.
    func place(_ hash: UInt64) -> Int {
        var place = Int((hash &* multiplier).multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[place].hash != 0, slots[place].hash != hash {
            place += 1
            if place == slots.count { place = 0 }
        }
        return place
    }

    /// Puts a slot that is not there yet into a table that is not full.
    mutating func insert(_ slot: Slot) -> Int {
        if (count + 1) * 4 > slots.count * 3 { resize(min(slots.count * 2, Self.size(capacity))) }
        let place = place(slot.hash)
        slots[place] = slot
        count += 1
        return place
    }

    /// Removes slots; takes no memory meanwhile.
    mutating func removeAll(where isRemoved: (Slot) -> Bool) {
        for place in slots.indices where slots[place].hash != 0 && isRemoved(slots[place]) {
            slots[place] = .free
            count -= 1
        }
        // Behind a free place every slot may move forward into the places that were freed, and none further back.
        guard let start = slots.firstIndex(where: { $0.hash == 0 }) else { return }
        for offset in 1...slots.count {
            let old = start + offset < slots.count ? start + offset : start + offset - slots.count
            let slot = slots[old]
            guard slot.hash != 0 else { continue }
            slots[old] = .free
            slots[place(slot.hash)] = slot
        }
    }

    var memoryFootprint: Int { slots.capacity * MemoryLayout<Slot>.stride }

    /// The most bytes that a table of a capacity takes; while it grows, it is there one and a half times.
    static func bytes(_ capacity: Int) -> Int { size(capacity) * MemoryLayout<Slot>.stride * 3 / 2 }

    private static func size(_ capacity: Int) -> Int { (capacity + 1) * 4 / 3 + 1 }

    private mutating func resize(_ size: Int) {
        guard size > slots.count else { return }
        let old = slots
        slots = Array(repeating: .free, count: size)
        for slot in old where slot.hash != 0 { slots[place(slot.hash)] = slot }
    }
}
