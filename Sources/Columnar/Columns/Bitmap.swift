/// One bit a row, least significant first, as Arrow keeps validity and booleans.
@usableFromInline
package struct Bitmap: Sendable {
    @usableFromInline package let words: UnsafeSharedPointer<UInt64>
    package let owner: AlignedBuffer

    package init(owner: AlignedBuffer) {
        self.owner = owner
        words = UnsafeSharedPointer(owner.base.assumingMemoryBound(to: UInt64.self))
    }

    /// The number of 64-bit words that hold `count` bits.
    @inlinable
    package static func wordCount(_ count: Int) -> Int { (count + 63) / 64 }

    @inlinable
    package subscript(row: Int) -> Bool {
        words.pointer[row >> 6] >> UInt64(row & 63) & 1 != 0
    }

    /// A bitmap of `count` rows from a rule.
    package init(count: Int, _ isSet: (Int) -> Bool) {
        let owner = AlignedBuffer(capacity: Self.wordCount(count) * 8)
        let words = owner.base.assumingMemoryBound(to: UInt64.self)
        for index in 0..<Self.wordCount(count) {
            var word: UInt64 = 0
            for bit in 0..<min(64, count - index * 64) where isSet(index * 64 + bit) {
                word |= 1 << UInt64(bit)
            }
            words[index] = word
        }
        self.init(owner: owner)
    }
}

/// A pointer into memory that is immutable while its owner lives, so it may cross threads.
@usableFromInline
package struct UnsafeSharedPointer<Element: BitwiseCopyable>: @unchecked Sendable {
    // Sendable: what it points to is not written after the builder has finished.
    @usableFromInline package let pointer: UnsafePointer<Element>

    package init(_ pointer: UnsafePointer<Element>) {
        self.pointer = pointer
    }

    package init(_ pointer: UnsafeMutablePointer<Element>) {
        self.pointer = UnsafePointer(pointer)
    }
}
