/// A text's bytes, read character by character. Bytes that are no UTF-8 are characters of no traits, one byte each.
struct UTF8Text {
    let base: UnsafePointer<UInt8>
    let count: Int
    let table: CharacterTable

    /// A character: its code point, its length in bytes. Code point `.max`: a byte that is no UTF-8.
    struct Character {
        var point: UInt32
        var length: Int
    }

    @inline(__always)
    subscript(index: Int) -> UInt8 { base[index] }

    /// The byte at a position, or 0 behind the end.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 { index < count ? base[index] : 0 }

    /// The character that starts at a position inside the text.
    @inline(__always)
    func character(at index: Int) -> Character {
        let first = base[index]
        if first < 0x80 { return Character(point: UInt32(first), length: 1) }
        return wideCharacter(at: index)
    }

    private func wideCharacter(at index: Int) -> Character {
        let first = UInt32(base[index])
        let second = continuation(index + 1)
        if first < 0xE0 {
            guard first >= 0xC2, second < 0x40 else { return .invalid }
            return Character(point: (first & 0x1F) << 6 | second, length: 2)
        }
        let third = continuation(index + 2)
        guard second < 0x40, third < 0x40 else { return .invalid }
        if first < 0xF0 {
            let point = (first & 0x0F) << 12 | second << 6 | third
            guard point >= 0x800, !(0xD800...0xDFFF).contains(point) else { return .invalid }
            return Character(point: point, length: 3)
        }
        let fourth = continuation(index + 3)
        guard first < 0xF5, fourth < 0x40 else { return .invalid }
        let point = (first & 0x07) << 18 | second << 12 | third << 6 | fourth
        guard (0x10000...0x10FFFF).contains(point) else { return .invalid }
        return Character(point: point, length: 4)
    }

    /// The six bits of a continuation byte; 0x40 if there is none.
    @inline(__always)
    private func continuation(_ index: Int) -> UInt32 {
        guard index < count, base[index] & 0xC0 == 0x80 else { return 0x40 }
        return UInt32(base[index] & 0x3F)
    }

    /// The character that ends before a position, which is not 0.
    @inline(__always)
    func character(before index: Int) -> Character {
        let last = base[index - 1]
        if last < 0x80 { return Character(point: UInt32(last), length: 1) }
        for length in 2...4 where index >= length && base[index - length] & 0xC0 != 0x80 {
            let found = character(at: index - length)
            return found.length == length ? found : .invalid
        }
        return .invalid
    }

    @inline(__always)
    func traits(_ character: Character) -> CharacterTraits {
        character.point == .max ? [] : table.traits(character.point)
    }

    @inline(__always)
    func asciiTraits(_ byte: UInt8) -> CharacterTraits {
        byte < 0x80 ? CharacterTraits(rawValue: table.ascii[Int(byte)]) : []
    }

    /// The byte in lowercase, if it is an ASCII letter.
    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

extension UTF8Text.Character {
    static let invalid = UTF8Text.Character(point: .max, length: 1)
}
