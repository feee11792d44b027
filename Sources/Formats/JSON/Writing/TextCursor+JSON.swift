/// The values of JSON. A value other than a string, bytes, a list or an object takes at most `plainRoom` bytes.
extension TextCursor {
    static let plainRoom = 64

    mutating func appendNull() { append("null") }

    mutating func append(_ value: Bool) { append(value ? "true" : "false") }

    /// The shortest text that reads back as the same number; null for what JSON has no number for.
    mutating func append(number value: Double) {
        guard value.isFinite else { return appendNull() }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 {
            append(number: whole)
            append(".0")
        } else {
            var text = value.description
            text.withUTF8 { append(contentsOf: $0) }
        }
    }

    /// The bytes that `append(quoted:)` or `append(bytes:)` may need for a value.
    static func room(_ value: UnsafeBufferPointer<UInt8>) -> Int {
        // An escaped byte takes six. Of large values, which hold few, they are counted.
        guard value.count > 4_096 else { return 6 * value.count + plainRoom }
        return value.reduce(2 * value.count + plainRoom) { isEscaped($1) ? $0 + 4 : $0 }
    }

    /// A string in quotes, escaped where JSON asks for it; the bytes are valid UTF-8.
    mutating func append(quoted value: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        var index = 0
        if let source = value.baseAddress {
            while index + 8 <= value.count {
                let word = UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self)
                if Self.needsEscape(word) {
                    for place in index..<index + 8 { append(escaped: source[place]) }
                } else {
                    append(word: word)
                }
                index += 8
            }
            while index < value.count {
                append(escaped: source[index])
                index += 1
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Bytes: a string where they are UTF-8, else `{"base64":"…"}` (RFC 4648), which no text can be taken for.
    mutating func append(bytes value: UnsafeBufferPointer<UInt8>) {
        if String(validating: value, as: UTF8.self) != nil { return append(quoted: value) }
        append("{\"base64\":\"")
        Base64.append(value, to: &self)
        append("\"}")
    }

    /// Whether one of eight bytes is a control character, a quote or a backslash ("Bit Twiddling Hacks", Anderson:
    /// zero byte, byte less than n). A byte above a found one may be found wrongly, which only costs time.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- ones &* 0x20) & ~word
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & highs != 0
    }

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(escaped byte: UInt8) {
        guard Self.isEscaped(byte) else { return append(byte) }
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append("u00")
            append(hexadecimal: byte >> 4)
            append(hexadecimal: byte & 0xF)
        }
    }

    private mutating func append(hexadecimal value: UInt8) {
        append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
    }
}
