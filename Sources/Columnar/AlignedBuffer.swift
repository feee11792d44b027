/// Memory that starts on a 64-byte boundary, as Arrow asks, and is freed with its last owner.
///
/// A buffer is written by the one builder that made it and never again once a column holds it.
@usableFromInline
package final class AlignedBuffer: @unchecked Sendable {
    // Sendable: a column's buffer is immutable, and a builder never leaves its thread before `finish()`.
    package static let alignment = 64

    package let base: UnsafeMutableRawPointer
    /// Bytes that may be used.
    package let capacity: Int

    /// - Parameter capacity: bytes wanted; rounded up to whole 64-byte lines, at least one.
    package init(capacity: Int) {
        let lines = max(1, (capacity + Self.alignment - 1) / Self.alignment)
        self.capacity = lines * Self.alignment
        base = .allocate(byteCount: self.capacity, alignment: Self.alignment)
    }

    deinit {
        base.deallocate()
    }
}
