/// An object (or array) on the way of the walk, laid out in plain memory.
struct WalkNode {
    let members: UnsafeMutablePointer<WalkMember>
    let memberCount: Int
    /// What stood where in the object before; `KeyLayout.count` entries.
    let layout: UnsafeMutablePointer<KeyLayout>

    init(_ wanted: [WalkMember]) {
        memberCount = wanted.count
        members = .allocate(capacity: max(1, wanted.count))
        for (index, member) in wanted.enumerated() { (members + index).initialize(to: member) }
        layout = .allocate(capacity: KeyLayout.count)
        layout.initialize(repeating: KeyLayout(), count: KeyLayout.count)
    }

    func deallocate() {
        for index in 0..<memberCount { members[index].key.deallocate() }
        members.deallocate()
        layout.deallocate()
    }

    /// The member with a key, −1 if it is not wanted; remembered as what stands at the position.
    @inline(never)
    func search(_ key: UnsafeRawPointer, at index: Int) -> Int {
        let count = Int(key.loadUnaligned(as: UInt32.self))
        var found = -1
        for candidate in 0..<memberCount where members[candidate].matches(key, count) {
            found = candidate
            break
        }
        if index < KeyLayout.count { layout[index].remember(key, count, member: found) }
        return found
    }
}

/// A wanted member of an object, or element of an array.
struct WalkMember {
    let key: UnsafeMutableRawBufferPointer
    /// The position in an array.
    let index: Int
    /// Where the value is noted; 0: nowhere.
    let slot: Int
    /// The slots of the value and of all in it.
    let slots: Range<Int>
    var objectNode = -1
    var arrayNode = -1
    /// The record in which it was last seen.
    var stamp: UInt64 = 0

    init(key: [UInt8], index: Int, slot: Int, slots: Range<Int>) {
        self.key = .allocate(byteCount: max(1, key.count), alignment: 1)
        self.key.copyBytes(from: key)
        keyCount = key.count
        self.index = index
        self.slot = slot
        self.slots = slots
    }

    private let keyCount: Int

    /// Whether nothing within the value is wanted.
    @inline(__always)
    var isLeaf: Bool { objectNode < 0 && arrayNode < 0 }

    func matches(_ other: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count == keyCount else { return false }
        for index in 0..<count where other.load(fromByteOffset: 4 + index, as: UInt8.self) != key[index] {
            return false
        }
        return true
    }
}

/// The key that stood at a position of the object before, with its length in front as the tape's strings have it.
struct KeyLayout {
    /// Positions of an object that are remembered; those behind are searched.
    static let count = 64
    /// Bytes of a key that can be remembered.
    private static let keyMax = 28

    // The length in 4 bytes and up to 28 bytes of key.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Which bits of the words count. An entry without a key matches none: its length is no key's.
    private var masks: (UInt64, UInt64, UInt64, UInt64) = (.max, 0, 0, 0)
    /// Whether words beyond the second count.
    private var isLong = false
    /// −1: not wanted.
    private(set) var member: Int32 = -1

    init() {
        words.0 = .max
    }

    /// Whether a key of the tape is this one. Reads up to 32 bytes: simdjson keeps 64 behind its last string.
    @inline(__always)
    func matches(_ key: UnsafeRawPointer) -> Bool {
        let first = (key.loadUnaligned(as: UInt64.self) ^ words.0) & masks.0
        let second = (key.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ words.1) & masks.1
        guard first | second == 0 else { return false }
        return !isLong || matchesTail(key)
    }

    @inline(__always)
    private func matchesTail(_ key: UnsafeRawPointer) -> Bool {
        let third = (key.loadUnaligned(fromByteOffset: 16, as: UInt64.self) ^ words.2) & masks.2
        let fourth = (key.loadUnaligned(fromByteOffset: 24, as: UInt64.self) ^ words.3) & masks.3
        return third | fourth == 0
    }

    mutating func remember(_ key: UnsafeRawPointer, _ count: Int, member: Int) {
        guard count <= Self.keyMax else {
            self = KeyLayout()
            return
        }
        func mask(_ word: Int) -> UInt64 {
            let bytes = min(8, max(0, 4 + count - word * 8))
            return bytes == 0 ? 0 : .max >> UInt64(64 - bytes * 8)
        }
        func word(_ index: Int) -> UInt64 {
            mask(index) == 0 ? 0 : key.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) & mask(index)
        }
        words = (word(0), word(1), word(2), word(3))
        masks = (mask(0), mask(1), mask(2), mask(3))
        isLong = count > 12
        self.member = Int32(truncatingIfNeeded: member)
    }
}
