/// What the rules of entities ask of a character, one bit each.
struct CharacterTraits: OptionSet, BitwiseCopyable {
    let rawValue: UInt32

    /// A letter or a mark: what makes a hashtag one.
    static let letter = CharacterTraits(rawValue: 1)
    static let digit = CharacterTraits(rawValue: 1 << 1)
    /// Neither, but allowed inside a hashtag: underscore, joiners, middle dots.
    static let tagJoiner = CharacterTraits(rawValue: 1 << 2)
    static let space = CharacterTraits(rawValue: 1 << 3)
    /// An invisible mark of the direction of writing.
    static let directional = CharacterTraits(rawValue: 1 << 4)
    static let latinAccent = CharacterTraits(rawValue: 1 << 5)
    /// May begin, end or stand in a label of a host name.
    static let host = CharacterTraits(rawValue: 1 << 6)
    static let path = CharacterTraits(rawValue: 1 << 7)
    static let pathEnd = CharacterTraits(rawValue: 1 << 8)
    static let query = CharacterTraits(rawValue: 1 << 9)
    static let queryEnd = CharacterTraits(rawValue: 1 << 10)
    static let emoji = CharacterTraits(rawValue: 1 << 11)
    /// An emoji without a variation selector.
    static let emojiPresentation = CharacterTraits(rawValue: 1 << 12)
    static let modifierBase = CharacterTraits(rawValue: 1 << 13)
    /// A letter, a digit or an underscore of any script: what a word is made of.
    static let word = CharacterTraits(rawValue: 1 << 14)
    static let asciiAlphanumeric = CharacterTraits(rawValue: 1 << 15)
    /// No URL begins directly behind it.
    static let blocksURL = CharacterTraits(rawValue: 1 << 16)
    /// May stand in a host name that has no protocol before it.
    static let bareHost = CharacterTraits(rawValue: 1 << 17)
    /// Of a user's name: an ASCII letter or digit, an underscore.
    static let name = CharacterTraits(rawValue: 1 << 18)
    /// No mention begins directly behind it.
    static let blocksMention = CharacterTraits(rawValue: 1 << 19)
    static let punctuation = CharacterTraits(rawValue: 1 << 20)
    /// May stand in a hashtag.
    static let tag: CharacterTraits = [.letter, .digit, .tagJoiner]
}
