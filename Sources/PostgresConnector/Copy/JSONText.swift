import Columnar
import Primitives

/// Values as JSON, for `jsonb` columns and for rows that are set aside.
///
/// Times are RFC 3339 text, bytes are Base64 text (RFC 4648), floats without a JSON form (NaN, infinities) are null.
enum JSONText {
    /// A row of a batch as an object of its columns.
    static func row(_ batch: RecordBatch, _ row: Int) -> [UInt8] {
        let buffer = ByteBuffer(capacity: 256)
        appendObject(batch.schema.fields, batch.columns, row: row, to: buffer)
        return Array(buffer.bytes)
    }

    static func append(_ column: Column, row: Int, to buffer: ByteBuffer) {
        guard column.isValid(row) else { return append("null", to: buffer) }
        switch column {
        case .bool(let column): append(column[row] ? "true" : "false", to: buffer)
        case .int64(let column): append(String(column.values[row]), to: buffer)
        case .float64(let column):
            let value = column.values[row]
            append(value.isFinite ? "\(value)" : "null", to: buffer)
        case .timestamp(let column): append("\"\(Timestamp.format(column.values[row]))\"", to: buffer)
        case .string(let column): appendString(UnsafeRawBufferPointer(column[row]), to: buffer)
        case .bytes(let column): appendBase64(UnsafeRawBufferPointer(column[row]), to: buffer)
        case .list(let column):
            buffer.append(UInt8(ascii: "["))
            var isFirst = true
            for position in column[row] {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                append(column.elements, row: position, to: buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .struct(let column): appendObject(column.fields, column.children, row: row, to: buffer)
        }
    }

    private static func appendObject(_ fields: [Field], _ columns: [Column], row: Int, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "{"))
        for index in fields.indices {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            var name = fields[index].name
            name.withUTF8 { appendString(UnsafeRawBufferPointer($0), to: buffer) }
            buffer.append(UInt8(ascii: ":"))
            append(columns[index], row: row, to: buffer)
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private static func append(_ text: String, to buffer: ByteBuffer) {
        var text = text
        text.withUTF8 { buffer.append(UnsafeRawBufferPointer($0)) }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    private static func appendString(_ text: UnsafeRawBufferPointer, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.append(UInt8(ascii: "\\"))
                buffer.append(byte)
            case 0..<0x20:
                append("\\u00", to: buffer)
                buffer.append(hexadecimal[Int(byte >> 4)])
                buffer.append(hexadecimal[Int(byte & 15)])
            default: buffer.append(byte)
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private static let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func appendBase64(_ bytes: UnsafeRawBufferPointer, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "\""))
        var index = 0
        while index < bytes.count {
            let present = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < present ? UInt32(bytes[index + offset]) : 0)
            }
            for place in 0..<4 {
                let digit = base64[Int(group >> UInt32(18 - 6 * place) & 63)]
                buffer.append(place <= present ? digit : UInt8(ascii: "="))
            }
            index += 3
        }
        buffer.append(UInt8(ascii: "\""))
    }
}
