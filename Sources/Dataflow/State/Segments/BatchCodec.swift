package import Columnar
package import Primitives

/// Writes rows as bytes and reads them back: the content of a segment's blocks.
///
/// Version 1: the number of rows (varint); the number of fields (varint) and each field (name, type, one byte: 1 if
/// nullable); then each column: one byte, 1 if a bitmap of valid rows follows (8 bytes for 64 rows); then by type:
/// bool a bitmap; int64 and timestamp `IntegerPacking`; float64 8 bytes each; string and bytes the lengths by
/// `IntegerPacking`, the number of bytes (varint) and the bytes; list the lengths, the number of elements (varint)
/// and their column; struct its members' columns. Rows say of themselves what they are, so that an operator finds a
/// column by its name even if it was written under an older schema.
package enum BatchCodec {
    /// - Parameter batch: all its rows, none hidden by a selection. Event times are not kept.
    package static func encode(_ batch: RecordBatch) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(varint: UInt64(batch.rowCount))
        TypeCodec.encode(batch.schema.fields, into: &writer)
        for column in batch.columns { encode(column, into: &writer) }
        return writer.bytes
    }

    package static func decode(_ bytes: [UInt8]) throws(Fault) -> RecordBatch {
        let result: Result<RecordBatch, Fault> = bytes.withUnsafeBytes { bytes in
            do throws(Fault) {
                var reader = ByteReader(bytes)
                let rowCount = Int(clamping: try reader.readVarint())
                let fields = try TypeCodec.decodeFields(&reader)
                // No row takes less than a bit, and no block is as large as to hold more.
                guard rowCount <= bytes.count * 1_024 * 16 + 1 else { throw ByteReader.fault }
                var columns: [Column] = []
                for field in fields { columns.append(try decode(field.type, rowCount, &reader)) }
                guard reader.remaining == 0 else { throw ByteReader.fault }
                return .success(RecordBatch(schema: Schema(fields), columns: columns, rowCount: rowCount))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func encode(_ column: Column, into writer: inout ByteWriter) {
        writer.append(UInt8(column.validity == nil ? 0 : 1))
        if let validity = column.validity { append(validity, column.count, to: &writer) }
        switch column {
        case .bool(let column): append(column.bits, column.count, to: &writer)
        case .int64(let column), .timestamp(let column):
            IntegerPacking.pack(UnsafeBufferPointer(start: column.values, count: column.count), into: &writer)
        case .float64(let column):
            writer.append(UnsafeRawBufferPointer(start: column.values, count: column.count * 8))
        case .string(let column), .bytes(let column):
            let lengths = (0..<column.count).map { Int64(column.offsets[$0 + 1] - column.offsets[$0]) }
            lengths.withUnsafeBufferPointer { IntegerPacking.pack($0, into: &writer) }
            let start = Int(column.offsets[0])
            let end = Int(column.offsets[column.count])
            writer.append(varint: UInt64(end - start))
            writer.append(UnsafeBufferPointer(start: column.bytes + start, count: end - start))
        case .list(let column):
            // Elements may lie beside those of the rows, but never in another order.
            let lengths = (0..<column.count).map { Int64(column[$0].count) }
            lengths.withUnsafeBufferPointer { IntegerPacking.pack($0, into: &writer) }
            let used = (0..<column.count).flatMap { row in column[row].map { UInt32(truncatingIfNeeded: $0) } }
            writer.append(varint: UInt64(used.count))
            encode(column.elements.take(SelectionVector(used)), into: &writer)
        case .struct(let column):
            for child in column.children { encode(child, into: &writer) }
        }
    }

    private static func append(_ bitmap: Bitmap, _ count: Int, to writer: inout ByteWriter) {
        for index in 0..<Bitmap.wordCount(count) {
            var word = bitmap.words.pointer[index]
            let used = count - index * 64
            if used < 64 { word &= 1 << UInt64(used) - 1 }
            writer.append(word)
        }
    }

    private static func readBitmap(_ count: Int, _ reader: inout ByteReader) throws(Fault) -> Bitmap {
        let bytes = try reader.read(Bitmap.wordCount(count) * 8)
        let owner = AlignedBuffer(capacity: bytes.count)
        if let base = bytes.baseAddress { owner.base.copyMemory(from: base, byteCount: bytes.count) }
        return Bitmap(owner: owner)
    }

    private static func decode(_ type: DataType, _ count: Int, _ reader: inout ByteReader) throws(Fault) -> Column {
        let validity = try reader.read(UInt8.self) == 0 ? nil : readBitmap(count, &reader)
        switch type {
        case .bool: return .bool(BoolColumn(count: count, bits: try readBitmap(count, &reader), validity: validity))
        case .int64, .timestamp:
            let column = Int64Column(count: count, owner: try readIntegers(count, &reader), validity: validity)
            return type == .int64 ? .int64(column) : .timestamp(column)
        case .float64:
            let bytes = try reader.read(count * 8)
            let owner = AlignedBuffer(capacity: bytes.count)
            if let base = bytes.baseAddress { owner.base.copyMemory(from: base, byteCount: bytes.count) }
            return .float64(Float64Column(count: count, owner: owner, validity: validity))
        case .string, .bytes:
            let (offsets, total) = try readOffsets(count, &reader)
            guard try reader.readVarint() == UInt64(total) else { throw ByteReader.fault }
            let bytes = try reader.read(total)
            let owner = AlignedBuffer(capacity: total)
            if let base = bytes.baseAddress { owner.base.copyMemory(from: base, byteCount: total) }
            let column = BytesColumn(count: count, offsets: offsets, bytes: owner, validity: validity)
            return type == .string ? .string(column) : .bytes(column)
        case .list(let element):
            let (offsets, total) = try readOffsets(count, &reader)
            guard try reader.readVarint() == UInt64(total) else { throw ByteReader.fault }
            let elements = try decode(element, total, &reader)
            return .list(ListColumn(count: count, offsets: offsets, elements: elements, validity: validity))
        case .struct(let fields):
            var children: [Column] = []
            for field in fields { children.append(try decode(field.type, count, &reader)) }
            return .struct(StructColumn(count: count, fields: fields, children: children, validity: validity))
        }
    }

    private static func readIntegers(_ count: Int, _ reader: inout ByteReader) throws(Fault) -> AlignedBuffer {
        // A run of 1,024 values takes at least 9 bytes.
        guard count / 1_024 * 9 <= reader.remaining else { throw ByteReader.fault }
        let owner = AlignedBuffer(capacity: count * 8)
        try IntegerPacking.unpack(&reader, count: count, into: owner.base.assumingMemoryBound(to: Int64.self))
        return owner
    }

    /// Lengths as offsets, and their sum.
    private static func readOffsets(
        _ count: Int, _ reader: inout ByteReader
    ) throws(Fault) -> (offsets: AlignedBuffer, total: Int) {
        let integers = try readIntegers(count, &reader)
        defer { withExtendedLifetime(integers) {} }
        let lengths = integers.base.assumingMemoryBound(to: Int64.self)
        let owner = AlignedBuffer(capacity: (count + 1) * 4)
        let offsets = owner.base.assumingMemoryBound(to: Int32.self)
        offsets[0] = 0
        var total: Int64 = 0
        for index in 0..<count {
            let length = lengths[index]
            guard length >= 0, length <= Int64(Int32.max) - total else { throw ByteReader.fault }
            total += length
            offsets[index + 1] = Int32(truncatingIfNeeded: total)
        }
        return (owner, Int(total))
    }
}
