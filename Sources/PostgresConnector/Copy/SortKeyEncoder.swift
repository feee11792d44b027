/// Writes the key of a row as bytes that compare (`memcmp`) in one fixed order and are equal for equal keys only.
///
/// In it whole numbers and times go by value, text and bytes by their bytes, and nulls last, as in the server's index.
/// Every writer that sorts its rows so takes the same row locks in the same order, and cannot deadlock with another.
struct SortKeyEncoder {
    /// Positions of the key's columns among the fields of a row.
    let columns: [Int]
    let nullable: [Bool]

    /// Whether the key of a row holds a null where the schema promises none; such a row has no place in the order.
    func isBroken(_ fields: UnsafePointer<FieldReader>, row: Int) -> Bool {
        columns.indices.contains { !nullable[$0] && !fields[columns[$0]].isValid(row) }
    }

    func encode(_ fields: UnsafePointer<FieldReader>, row: Int, into buffer: ByteBuffer) {
        for index in columns.indices {
            let field = fields[columns[index]]
            // A column that is never null needs no mark, and leaves more of the first bytes to its values.
            if nullable[index] {
                let isValid = field.isValid(row)
                buffer.append(UInt8(isValid ? 1 : 2))
                guard isValid else { continue }
            }
            switch field.kind {
            case .bool: buffer.append(UInt8(field.bool(row) ? 1 : 0))
            case .number, .timestamp: buffer.append(field.bits(row) ^ (1 << 63))
            case .float: buffer.append(Self.ordered(Double(bitPattern: field.bits(row))))
            case .bytes: Self.append(field.bytes(row), to: buffer)
            case .nested: break
            }
        }
    }

    /// Bits whose unsigned order is the server's: NaN equals itself and comes after all, −0 equals 0.
    private static func ordered(_ value: Double) -> UInt64 {
        if value.isNaN { return .max }
        let bits = (value == 0 ? 0.0 : value).bitPattern
        return bits >> 63 == 0 ? bits | (1 << 63) : ~bits
    }

    /// The bytes with 0 as 0 255, ended by 0 0: a prefix comes before what it begins.
    private static func append(_ bytes: UnsafeRawBufferPointer, to buffer: ByteBuffer) {
        if bytes.contains(0) {
            for byte in bytes {
                buffer.append(byte)
                if byte == 0 { buffer.append(UInt8(255)) }
            }
        } else {
            buffer.append(bytes)
        }
        buffer.append(UInt16(0))
    }
}
