/// Base64 with padding (RFC 4648, section 4).
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// Four bytes for every three begun.
    static func append(_ bytes: UnsafeBufferPointer<UInt8>, to cursor: inout TextCursor) {
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? Int(bytes[index + offset]) : 0) }
            for digit in 0..<4 {
                cursor.append(digit <= count ? digits[group >> (18 - 6 * digit) & 63] : padding)
            }
            index += 3
        }
    }

    /// The bytes that a text stands for; `nil` if it is no base64.
    package static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            let isLast = start + 4 == text.count
            let padded = isLast ? text[start..<start + 4].reversed().prefix { $0 == padding }.count : 0
            guard padded <= 2 else { return nil }
            var group = 0
            for digit in text[start..<start + 4 - padded] {
                guard let value = digits.firstIndex(of: digit) else { return nil }
                group = group << 6 | value
            }
            group <<= 6 * padded
            for offset in 0..<3 - padded { bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * offset))) }
        }
        return bytes
    }
}
