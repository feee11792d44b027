/// Strings or bytes: `count + 1` offsets into one run of bytes. A null row is empty.
@usableFromInline
package struct BytesColumn: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline let offsetStorage: UnsafeSharedPointer<Int32>
    @usableFromInline let byteStorage: UnsafeSharedPointer<UInt8>
    package let offsetOwner: AlignedBuffer
    package let byteOwner: AlignedBuffer
    /// `nil`: every row has a value.
    @usableFromInline package let validity: Bitmap?

    package init(count: Int, offsets: AlignedBuffer, bytes: AlignedBuffer, validity: Bitmap?) {
        self.count = count
        self.validity = validity
        offsetOwner = offsets
        byteOwner = bytes
        offsetStorage = UnsafeSharedPointer(offsets.base.assumingMemoryBound(to: Int32.self))
        byteStorage = UnsafeSharedPointer(bytes.base.assumingMemoryBound(to: UInt8.self))
    }

    @inlinable package var offsets: UnsafePointer<Int32> { offsetStorage.pointer }
    @inlinable package var bytes: UnsafePointer<UInt8> { byteStorage.pointer }

    /// The bytes of a row, lent while the column lives.
    @inlinable
    package subscript(row: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(offsets[row])
        return UnsafeBufferPointer(start: bytes + start, count: Int(offsets[row + 1]) - start)
    }

    /// Whether a row has a value.
    @inlinable
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }

    /// The row as a string, for edges and messages; not for hot loops.
    package func string(_ row: Int) -> String {
        String(decoding: self[row], as: UTF8.self)
    }
}

/// Lists: `count + 1` offsets into one column of elements. A null row is empty.
@usableFromInline
package struct ListColumn: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline let offsetStorage: UnsafeSharedPointer<Int32>
    package let offsetOwner: AlignedBuffer
    package let elements: Column
    /// `nil`: every row has a value.
    @usableFromInline package let validity: Bitmap?

    package init(count: Int, offsets: AlignedBuffer, elements: Column, validity: Bitmap?) {
        self.count = count
        self.elements = elements
        self.validity = validity
        offsetOwner = offsets
        offsetStorage = UnsafeSharedPointer(offsets.base.assumingMemoryBound(to: Int32.self))
    }

    @inlinable package var offsets: UnsafePointer<Int32> { offsetStorage.pointer }

    /// The positions in `elements` of a row's elements.
    @inlinable
    package subscript(row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

    /// Whether a row has a value.
    @inlinable
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}

/// Structs: one column a member, all of the same length.
package struct StructColumn: Sendable {
    package let count: Int
    package let fields: [Field]
    package let children: [Column]
    /// `nil`: every row has a value.
    package let validity: Bitmap?

    package init(count: Int, fields: [Field], children: [Column], validity: Bitmap?) {
        precondition(fields.count == children.count, "a struct has one column a member")
        self.count = count
        self.fields = fields
        self.children = children
        self.validity = validity
    }

    /// Whether a row has a value.
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}
