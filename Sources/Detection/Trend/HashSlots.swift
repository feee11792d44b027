/// Something that stands in a table under a 64-bit hash; a hash of 0 marks a free place.
package protocol HashSlot: BitwiseCopyable, Sendable {
    var hash: UInt64 { get }
    static var free: Self { get }
}

/// A table of fixed-size slots under good 64-bit hashes, each of which stands for what was hashed: of ten million
/// different terms two share one with a chance of 3 in a million.
///
/// Open addressing with linear probing, at most three quarters full; it grows by doubling up to the size that its
/// capacity needs, which need not be a power of two. Slots lie in the order of their hashes (Amble and Knuth, "Ordered
/// hash tables", 1974), so that neither who came first nor the table's size decides in which order they are walked
/// over: after a restart it is as it was.
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

    /// Where a hash stands, or would be put.
    func place(_ hash: UInt64) -> Int {
        let scrambled = hash &* multiplier
        var (place, distance) = (home(scrambled), 0)
        while slots[place].hash != 0, slots[place].hash != hash {
            let other = slots[place].hash &* multiplier
            let otherHome = home(other)
            let otherDistance = place >= otherHome ? place - otherHome : place - otherHome + slots.count
            if otherDistance < distance || otherDistance == distance && other > scrambled { break }
            place += 1
            distance += 1
            if place == slots.count { place = 0 }
        }
        return place
    }

    private func home(_ scrambled: UInt64) -> Int {
        Int(scrambled.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    /// All places in the order of their slots' hashes, scrambled.
    var order: [Range<Int>] {
        // At the beginning lies what found no room at the end.
        var first = 0
        while slots[first].hash != 0, home(slots[first].hash &* multiplier) > first { first += 1 }
        return [first..<slots.count, 0..<first]
    }

    /// Puts a slot that is not there yet into a table that is not full.
    mutating func insert(_ slot: Slot) -> Int {
        if (count + 1) * 4 > slots.count * 3 { resize(min(slots.count * 2, Self.size(capacity))) }
        count += 1
        return put(slot)
    }

    /// What stands behind makes room.
    private mutating func put(_ slot: Slot) -> Int {
        let start = place(slot.hash)
        var (place, carried) = (start, slot)
        while slots[place].hash != 0 {
            swap(&slots[place], &carried)
            place += 1
            if place == slots.count { place = 0 }
        }
        slots[place] = carried
        return start
    }

    /// Grows to its full size. Slots that come in the order of their places would otherwise all be put into the
    /// beginning of a small table, one behind the other.
    mutating func growFully() { resize(Self.size(capacity)) }

    /// Removes slots; takes no memory meanwhile.
    mutating func removeAll(where isRemoved: (Slot) -> Bool) {
        // Behind a place that was free before every slot may move forward into the places that were freed, and none
        // further back.
        guard let start = slots.firstIndex(where: { $0.hash == 0 }) else { return }
        for place in slots.indices where slots[place].hash != 0 && isRemoved(slots[place]) {
            slots[place] = .free
            count -= 1
        }
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
        for slot in old where slot.hash != 0 { _ = put(slot) }
    }
}
