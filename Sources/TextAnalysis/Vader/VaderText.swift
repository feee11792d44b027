extension VaderScratch {
    /// Takes a text over in the form that the rules read: emoji of the lexicon are their descriptions, and all white
    /// space of other scripts is a line feed. The result is UTF-8 whatever the input was.
    mutating func prepare(_ text: UnsafeBufferPointer<UInt8>, _ emoji: EmojiTable) {
        clear()
        if Self.isASCII(text) { append(text) } else { convert(text, emoji) }
        pad()
    }

    private static func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var bits: UInt8 = 0
        for byte in text { bits |= byte }
        return bits < 0x80
    }

    private mutating func convert(_ text: UnsafeBufferPointer<UInt8>, _ emoji: EmojiTable) {
        // A description is set off from what stands before it, but not from what stands behind it.
        var followsSpace = true
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                append(byte)
                followsSpace = byte == UInt8(ascii: " ")
                index += 1
                continue
            }
            let (scalar, length) = UTF8Scalar.decode(text, at: index)
            if let description = emoji.description(of: scalar) {
                if !followsSpace { append(UInt8(ascii: " ")) }
                append(description)
            } else if Self.isSpace(scalar) {
                append(UInt8(ascii: "\n"))
            } else if scalar == 0x212A {
                // The Kelvin sign: the only letter beyond ASCII whose small letter is ASCII alone.
                append(UInt8(ascii: "K"))
            } else if scalar == UTF8Scalar.replacement {
                append(0xEF)
                append(0xBF)
                append(0xBD)
            } else {
                append(UnsafeBufferPointer(rebasing: text[index..<index + length]))
            }
            followsSpace = false
            index += length
        }
    }

    /// White space beyond ASCII: the property White_Space of Unicode.
    private static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
