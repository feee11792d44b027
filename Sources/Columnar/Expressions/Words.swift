#if canImport(Glibc)
    import Glibc
#endif

/// A run of bits, 64 a word, that a kernel makes: truth values, or a set of rows. Written before it is shared only.
struct Words: @unchecked Sendable {
    // Sendable: immutable once the kernel that made it has returned.
    let owner: AlignedBuffer
    /// Rows, one bit each. Bits beyond them are zero in a set of rows and arbitrary in truth values.
    let rowCount: Int

    /// Every bit zero.
    init(rows: Int) {
        self.init(uninitialized: rows)
        memset(owner.base, 0, wordCount * 8)
    }

    init(uninitialized rows: Int) {
        owner = AlignedBuffer(capacity: Bitmap.wordCount(rows) * 8)
        rowCount = rows
    }

    init(borrowing owner: AlignedBuffer, rows: Int) {
        self.owner = owner
        rowCount = rows
    }

    /// Bits by a rule, computed 64 at a time.
    @inline(__always)
    init(rows: Int, _ isSet: (Int) -> Bool) {
        self.init(uninitialized: rows)
        let base = base
        let whole = rows >> 6
        for index in 0..<whole {
            let start = index &<< 6
            var word: UInt64 = 0
            for bit in 0..<64 { word |= (isSet(start &+ bit) ? 1 : 0) &<< UInt64(truncatingIfNeeded: bit) }
            base[index] = word
        }
        if rows & 63 != 0 {
            let start = whole &<< 6
            var word: UInt64 = 0
            for bit in 0..<rows & 63 { word |= (isSet(start &+ bit) ? 1 : 0) &<< UInt64(truncatingIfNeeded: bit) }
            base[whole] = word
        }
    }

    /// Every row.
    static func all(_ rows: Int) -> Words {
        let words = Words(uninitialized: rows)
        memset(words.owner.base, 0xFF, words.wordCount * 8)
        words.clearTail()
        return words
    }

    var wordCount: Int { Bitmap.wordCount(rowCount) }
    var base: UnsafeMutablePointer<UInt64> { owner.base.assumingMemoryBound(to: UInt64.self) }
    var bitmap: Bitmap { Bitmap(owner: owner) }

    /// Zeroes the bits beyond the last row.
    func clearTail() {
        if rowCount & 63 != 0 { base[wordCount - 1] &= (1 << UInt64(rowCount & 63)) - 1 }
    }

    subscript(row: Int) -> Bool { base[row >> 6] >> UInt64(row & 63) & 1 != 0 }

    func set(_ row: Int) { base[row >> 6] |= 1 << UInt64(row & 63) }

    var isEmpty: Bool {
        var any: UInt64 = 0
        for index in 0..<wordCount { any |= base[index] }
        return any == 0
    }

    var popcount: Int {
        var total = 0
        for index in 0..<wordCount { total += base[index].nonzeroBitCount }
        return total
    }

    func union(_ other: Words) -> Words { combined(other) { $0 | $1 } }
    func intersection(_ other: Words) -> Words { combined(other) { $0 & $1 } }
    func subtracting(_ other: Words) -> Words { combined(other) { $0 & ~$1 } }

    /// The rows that a validity bitmap has not.
    func subtracting(_ bitmap: Bitmap) -> Words {
        let result = Words(uninitialized: rowCount)
        for index in 0..<wordCount { result.base[index] = base[index] & ~bitmap.words.pointer[index] }
        return result
    }

    func inverted() -> Words { combined(self) { first, _ in ~first } }

    @inline(__always)
    func combined(_ other: Words, _ operation: (UInt64, UInt64) -> UInt64) -> Words {
        let result = Words(uninitialized: rowCount)
        let (left, right, target) = (base, other.base, result.base)
        for index in 0..<wordCount { target[index] = operation(left[index], right[index]) }
        return result
    }

    /// Calls `body` with each set row, in order.
    @inline(__always)
    func visit(_ body: (Int) -> Void) {
        let base = base
        for index in 0..<wordCount {
            var word = base[index]
            while word != 0 {
                body(index &<< 6 &+ word.trailingZeroBitCount)
                word &= word &- 1
            }
        }
    }

    /// The set rows, in order.
    func selection() -> SelectionVector {
        let owner = AlignedBuffer(capacity: popcount * 4)
        let rows = owner.base.assumingMemoryBound(to: UInt32.self)
        var count = 0
        visit { row in
            rows[count] = UInt32(truncatingIfNeeded: row)
            count &+= 1
        }
        return SelectionVector(count: count, owner: owner)
    }
}
