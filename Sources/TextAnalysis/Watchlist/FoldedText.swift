/// A text in simple case folding, and where its words begin and end; its memory is used again for the next.
struct FoldedText {
    private(set) var bytes: [UInt8] = []
    /// One a byte and one behind the last: whether the character that ends before the byte is part of a word (bit 0),
    /// and whether the one that starts at it is (bit 1). Within a character the value says nothing.
    private(set) var edges: [UInt8] = []

    static let wordBefore: UInt8 = 1
    static let wordBehind: UInt8 = 2

    mutating func fold(_ source: UnsafeBufferPointer<UInt8>, _ table: CharacterTable) {
        bytes.removeAll(keepingCapacity: true)
        edges.removeAll(keepingCapacity: true)
        guard let base = source.baseAddress else {
            edges.append(0)
            return
        }
        // Folding lengthens a character by half at most: two bytes become three.
        let capacity = source.count + source.count / 2 + 4
        bytes.reserveCapacity(capacity)
        edges.reserveCapacity(capacity + 1)
        let text = UTF8Text(base: base, count: source.count, table: table)
        var before: UInt8 = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                let isWord = UInt8(truncatingIfNeeded: table.ascii[Int(byte)] >> Self.wordBit & 1)
                edges.append(before | isWord << 1)
                bytes.append(UTF8Text.lower(byte))
                before = isWord
                index += 1
            } else {
                let character = text.character(at: index)
                let isWord: UInt8 = text.traits(character).contains(.word) ? 1 : 0
                edges.append(before | isWord << 1)
                append(character, byte, table)
                before = isWord
                index += character.length
            }
        }
        edges.append(before)
    }

    private static let wordBit = UInt32(CharacterTraits.word.rawValue.trailingZeroBitCount)

    private mutating func append(_ character: UTF8Text.Character, _ byte: UInt8, _ table: CharacterTable) {
        let start = bytes.count
        if character.point == .max {
            bytes.append(byte)
        } else {
            UTF8Text.append(table.fold(character.point), to: &bytes)
        }
        for _ in start + 1..<bytes.count { edges.append(0) }
    }
}

extension UTF8Text {
    /// Appends a code point in UTF-8.
    static func append(_ point: UInt32, to bytes: inout [UInt8]) {
        func low(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: point >> shift & 0x3F) }
        switch point {
        case ..<0x80: bytes.append(UInt8(truncatingIfNeeded: point))
        case ..<0x800:
            bytes.append(0xC0 | UInt8(truncatingIfNeeded: point >> 6))
            bytes.append(low(0))
        case ..<0x10000:
            bytes.append(0xE0 | UInt8(truncatingIfNeeded: point >> 12))
            bytes.append(low(6))
            bytes.append(low(0))
        default:
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: point >> 18 & 0x07))
            bytes.append(low(12))
            bytes.append(low(6))
            bytes.append(low(0))
        }
    }
}
