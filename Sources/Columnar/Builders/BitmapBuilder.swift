/// Grows a bitmap bit by bit.
struct BitmapBuilder {
    private var owner: AlignedBuffer?
    private var wordCapacity = 0

    subscript(row: Int) -> Bool {
        guard let owner, row >> 6 < wordCapacity else { return false }
        return owner.base.load(fromByteOffset: (row >> 6) * 8, as: UInt64.self) >> UInt64(row & 63) & 1 != 0
    }

    mutating func set(_ row: Int, _ value: Bool) {
        reserve(row + 1)
        guard let owner else { return }
        let word = owner.base.assumingMemoryBound(to: UInt64.self) + (row >> 6)
        let bit: UInt64 = 1 << UInt64(row & 63)
        word.pointee = value ? word.pointee | bit : word.pointee & ~bit
    }

    /// Sets the first `count` bits alike.
    mutating func fill(_ count: Int, _ value: Bool) {
        reserve(count)
        guard let owner else { return }
        for index in 0..<Bitmap.wordCount(count) {
            owner.base.storeBytes(of: value ? .max : 0, toByteOffset: index * 8, as: UInt64.self)
        }
    }

    mutating func reserve(_ count: Int) {
        let words = Bitmap.wordCount(count)
        guard words > wordCapacity || owner == nil else { return }
        let grown = AlignedBuffer(capacity: max(words, wordCapacity * 2) * 8)
        grown.base.initializeMemory(as: UInt8.self, repeating: 0, count: grown.capacity)
        if let owner { grown.base.copyMemory(from: owner.base, byteCount: wordCapacity * 8) }
        owner = grown
        wordCapacity = grown.capacity / 8
    }

    /// The bits so far; the builder must not be written afterwards.
    mutating func finish() -> Bitmap {
        reserve(1)
        guard let owner else { preconditionFailure("a reserved bitmap has memory") }
        return Bitmap(owner: owner)
    }
}
