/// Reads code points out of bytes that may not be UTF-8.
enum UTF8Scalar {
    /// Stands for bytes that are no UTF-8.
    static let replacement: UInt32 = 0xFFFD

    /// The code point at a position, and the bytes that it takes. Bytes that are no UTF-8 are one U+FFFD for each
    /// longest run that could have begun a character ("substitution of maximal subparts", Unicode 15, section 3.9).
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (scalar: UInt32, length: Int) {
        let lead = UInt32(bytes[index])
        if lead < 0x80 { return (lead, 1) }
        let length: Int
        var scalar: UInt32
        // The second byte has a narrower range after some leads: no overlong forms, no surrogates, nothing above
        // U+10FFFF.
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xBF
        switch lead {
        case 0xC2...0xDF: (length, scalar) = (2, lead & 0x1F)
        case 0xE0...0xEF:
            (length, scalar) = (3, lead & 0x0F)
            if lead == 0xE0 { lowest = 0xA0 }
            if lead == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            (length, scalar) = (4, lead & 0x07)
            if lead == 0xF0 { lowest = 0x90 }
            if lead == 0xF4 { highest = 0x8F }
        default: return (replacement, 1)
        }
        for offset in 1..<length {
            guard index + offset < bytes.count, bytes[index + offset] >= lowest, bytes[index + offset] <= highest else {
                return (replacement, offset)
            }
            scalar = scalar << 6 | UInt32(bytes[index + offset] & 0x3F)
            (lowest, highest) = (0x80, 0xBF)
        }
        return (scalar, length)
    }
}
