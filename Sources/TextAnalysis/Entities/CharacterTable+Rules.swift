extension CharacterTable {
    /// The traits of every code point, by Unicode's classes and the rules of twitter-text 3.1 (Apache-2.0).
    static func allTraits() -> [UInt32] {
        var traits = [UInt32](repeating: CharacterTraits.host.rawValue, count: 0x110000)
        traits.withUnsafeMutableBufferPointer { traits in
            func add(_ added: CharacterTraits, _ range: ClosedRange<Int>) {
                for point in range { traits[point] |= added.rawValue }
            }
            func remove(_ removed: CharacterTraits, _ range: ClosedRange<Int>) {
                for point in range { traits[point] &= ~removed.rawValue }
            }
            func add(_ added: CharacterTraits, ascii: StaticString) {
                TableText.forEachWord(ascii) { word in
                    for byte in word { traits[Int(byte)] |= added.rawValue }
                }
            }
            TableText.forEachRange(CharacterRanges.letters) { add([.letter, .word], $0) }
            TableText.forEachRange(CharacterRanges.digits) { add([.digit, .word], $0) }
            TableText.forEachRange(CharacterRanges.dashes) { add(.path, $0) }
            TableText.forEachRange(EmojiRanges.emoji) { add(.emoji, $0) }
            TableText.forEachRange(EmojiRanges.presentation) { add(.emojiPresentation, $0) }
            TableText.forEachRange(EmojiRanges.modifierBases) { add(.modifierBase, $0) }
            for point in tagJoiners { add(.tagJoiner, point...point) }
            for range in spaces {
                add(.space, range)
                remove(.host, range)
            }
            for range in directionalMarks {
                add(.directional, range)
                remove(.host, range)
            }
            for range in latinAccents { add([.latinAccent, .path, .pathEnd, .bareHost], range) }
            for range in cyrillic { add([.path, .pathEnd], range) }
            for point in [0xFEFF, 0xFFFE, 0xFFFF] {
                remove(.host, point...point)
                add(.blocksURL, point...point)
            }
            // Fullwidth number sign and commercial at.
            add(.blocksURL, 0xFF03...0xFF03)
            add([.blocksURL, .blocksMention], 0xFF20...0xFF20)
            // Variation selectors and keycaps end an emoji; a word may follow.
            remove(.word, 0xFE00...0xFE0F)
            remove(.word, 0x20DD...0x20E4)

            remove(.host, 0x00...0x20)
            remove(.host, 0x7F...0x7F)
            let alphanumeric: CharacterTraits = [
                .asciiAlphanumeric, .name, .path, .pathEnd, .query, .queryEnd, .bareHost, .blocksURL, .blocksMention,
            ]
            for range in [0x30...0x39, 0x41...0x5A, 0x61...0x7A] { add(alphanumeric, range) }
            for range in [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E] {
                remove(.host, range)
                add(.punctuation, range)
            }
            add(.path, ascii: "!*';:=+,.$/%#[]-_~&|@")
            add(.pathEnd, ascii: "=_#/+-")
            add(.query, ascii: "!?*'();:&=+$/%#[]-_.,~|@")
            add(.queryEnd, ascii: "_&=#/-")
            add(.bareHost, ascii: "-_")
            add(.blocksURL, ascii: "@$#")
            add(.blocksMention, ascii: "_!#$%&*@")
            add([.word, .name], ascii: "_")
        }
        return traits
    }

    /// Kavyka, Hebrew maqaf and quotes, tildes and dots of Japanese, Tibetan and Catalan, ditto mark, joiners.
    private static let tagJoiners = [
        0x5F, 0xB7, 0x5BE, 0x5F3, 0x5F4, 0xF0B, 0xF0C, 0x200C, 0x200D, 0x3003, 0x301C, 0x309B, 0x309C, 0x30A0, 0x30FB,
        0xA67E, 0xFF5E,
    ]

    private static let spaces: [ClosedRange<Int>] = [
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x180E...0x180E, 0x2000...0x200A,
        0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ]

    private static let directionalMarks: [ClosedRange<Int>] = [
        0x61C...0x61C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069,
    ]

    /// Letters of Latin with their accents, without the signs for times and divided by.
    private static let latinAccents: [ClosedRange<Int>] = [
        0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x253...0x254, 0x256...0x257, 0x259...0x259, 0x25B...0x25B,
        0x263...0x263, 0x268...0x268, 0x26F...0x26F, 0x272...0x272, 0x289...0x289, 0x28B...0x28B, 0x2BB...0x2BB,
        0x300...0x36F, 0x1E00...0x1EFF,
    ]

    private static let cyrillic: [ClosedRange<Int>] = [
        0x400...0x52F, 0x1C80...0x1C88, 0x1D2B...0x1D2B, 0x1D78...0x1D78, 0x2DE0...0x2DFF, 0xA640...0xA69F,
        0xFE2E...0xFE2F,
    ]
}
