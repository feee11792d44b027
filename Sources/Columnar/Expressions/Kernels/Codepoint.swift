/// Code points in UTF-8 that is known to be valid.
enum Codepoint {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    static func first(_ text: Bytes) -> (value: UInt32, length: Int)? {
        guard let lead = text.first else { return nil }
        let length = lead < 0x80 ? 1 : (lead < 0xE0 ? 2 : (lead < 0xF0 ? 3 : 4))
        // A cut character cannot occur in valid text; it is then taken as it is.
        guard length > 1, length <= text.count else { return (UInt32(lead), 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<length { value = value << 6 | UInt32(text[index] & 0x3F) }
        return (value, length)
    }

    static func last(_ text: Bytes) -> (value: UInt32, length: Int)? {
        guard !text.isEmpty else { return nil }
        var start = text.count - 1
        while start > 0, text[start] & 0xC0 == 0x80, text.count - start < 4 { start -= 1 }
        guard let first = first(Bytes(rebasing: text[start...])) else { return nil }
        return (first.value, text.count - start)
    }

    /// The byte at which a character starts; the number of characters gives the end. `nil` outside of that.
    static func offset(_ position: Int64, in text: Bytes) -> Int? {
        guard position >= 0, position <= text.count else { return nil }
        var left = position
        var index = 0
        while index < text.count {
            if text[index] & 0xC0 != 0x80 {
                if left == 0 { return index }
                left -= 1
            }
            index += 1
        }
        return left == 0 ? text.count : nil
    }

    /// Unicode's White_Space property.
    static func isBlank(_ value: UInt32) -> Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
