/// Positions of rows in a batch, ascending.
@usableFromInline
package struct SelectionVector: Sendable {
    @usableFromInline package let count: Int
    @usableFromInline let storage: UnsafeSharedPointer<UInt32>
    private let owner: AlignedBuffer

    init(count: Int, owner: AlignedBuffer) {
        self.count = count
        self.owner = owner
        storage = UnsafeSharedPointer(owner.base.assumingMemoryBound(to: UInt32.self))
    }

    package init(_ rows: [UInt32]) {
        let owner = AlignedBuffer(capacity: rows.count * 4)
        rows.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { owner.base.copyMemory(from: base, byteCount: bytes.count) }
        }
        self.init(count: rows.count, owner: owner)
    }

    @inlinable package var rows: UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(start: storage.pointer, count: count)
    }

    @inlinable
    package subscript(index: Int) -> Int { Int(storage.pointer[index]) }
}

/// Writes a selection of at most a fixed number of rows.
@usableFromInline
package struct SelectionBuilder: ~Copyable {
    private let owner: AlignedBuffer
    @usableFromInline let rows: UnsafeMutablePointer<UInt32>
    /// Rows written so far.
    @usableFromInline package private(set) var count = 0

    /// - Parameter capacity: the most rows that will be appended.
    package init(capacity: Int) {
        owner = AlignedBuffer(capacity: capacity * 4)
        rows = owner.base.assumingMemoryBound(to: UInt32.self)
    }

    /// Appends a row; rows come in ascending order.
    package mutating func append(_ row: Int) {
        rows[count] = UInt32(truncatingIfNeeded: row)
        count += 1
    }

    package consuming func finish() -> SelectionVector {
        SelectionVector(count: count, owner: owner)
    }
}

extension RecordBatch {
    /// Calls `body` with the position of each row that counts, in order.
    @inlinable
    package func forEachRow(_ body: (Int) throws -> Void) rethrows {
        if let selection {
            for row in selection.rows { try body(Int(row)) }
        } else {
            for row in 0..<rowCount { try body(row) }
        }
    }
}
