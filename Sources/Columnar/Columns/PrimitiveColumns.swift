/// Whole numbers, or timestamps in microseconds. Values of null rows are zero.
@usableFromInline
package struct Int64Column: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline let storage: UnsafeSharedPointer<Int64>
    package let owner: AlignedBuffer
    /// `nil`: every row has a value.
    @usableFromInline package let validity: Bitmap?

    package init(count: Int, owner: AlignedBuffer, validity: Bitmap?) {
        self.count = count
        self.owner = owner
        self.validity = validity
        storage = UnsafeSharedPointer(owner.base.assumingMemoryBound(to: Int64.self))
    }

    /// One value a row.
    @inlinable package var values: UnsafePointer<Int64> { storage.pointer }

    /// Whether a row has a value.
    @inlinable
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}

/// Floating-point numbers. Values of null rows are zero.
@usableFromInline
package struct Float64Column: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline let storage: UnsafeSharedPointer<Double>
    package let owner: AlignedBuffer
    /// `nil`: every row has a value.
    @usableFromInline package let validity: Bitmap?

    package init(count: Int, owner: AlignedBuffer, validity: Bitmap?) {
        self.count = count
        self.owner = owner
        self.validity = validity
        storage = UnsafeSharedPointer(owner.base.assumingMemoryBound(to: Double.self))
    }

    /// One value a row.
    @inlinable package var values: UnsafePointer<Double> { storage.pointer }

    /// Whether a row has a value.
    @inlinable
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}

/// Truth values, one bit a row. Values of null rows are false.
@usableFromInline
package struct BoolColumn: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline package let bits: Bitmap
    /// `nil`: every row has a value.
    @usableFromInline package let validity: Bitmap?

    package init(count: Int, bits: Bitmap, validity: Bitmap?) {
        self.count = count
        self.bits = bits
        self.validity = validity
    }

    @inlinable
    package subscript(row: Int) -> Bool { bits[row] }

    /// Whether a row has a value.
    @inlinable
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}
