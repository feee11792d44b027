/// Which scripts the letters of a text belong to.
package enum TextScript: Sendable {
    /// There is no letter.
    case none
    /// Half of them or more are Latin or Arabic.
    case known
    case other

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else {
            self = .none
            return
        }
        let text = UTF8Text(base: base, count: bytes.count, table: CharacterTable.shared)
        var (known, other) = (0, 0)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                if (byte | 0x20) &- 0x61 < 26 { known += 1 }
                index += 1
                continue
            }
            let character = text.character(at: index)
            index += character.length
            guard text.traits(character).contains(.letter) else { continue }
            if Self.isKnown(character.point) { known += 1 } else { other += 1 }
        }
        self = known + other == 0 ? .none : known >= other ? .known : .other
    }

    /// The blocks of Latin and Arabic letters.
    private static func isKnown(_ point: UInt32) -> Bool {
        switch point {
        case 0x00...0x24F, 0x250...0x36F, 0x1E00...0x1EFF, 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF,
            0xFE70...0xFEFF:
            true
        default: false
        }
    }
}
