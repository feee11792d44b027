/// What the rules need to know of one word of a text.
struct VaderWord: BitwiseCopyable {
    /// Facts about a word.
    struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt8

        /// Stands in the lexicon, with a valence.
        static let lexicon = Flags(rawValue: 1)
        /// Intensifies the word after it.
        static let booster = Flags(rawValue: 2)
        /// Weakens the word after it.
        static let dampener = Flags(rawValue: 4)
        /// Negates the words after it.
        static let negation = Flags(rawValue: 8)
        /// Has capitals and no small letters.
        static let capitals = Flags(rawValue: 16)

        static let degree: Flags = [.booster, .dampener]
    }

    /// Words that a rule calls by name.
    enum Name: UInt8, CaseIterable {
        case other
        case no, or, nor, kind, of, least, at, very, but, never, so, this, without, doubt
        case the, shit, bomb, bad, ass, bus, stop, yeah, right, kiss, death, to, die, `for`, beating, heart
        case just, enough, sort
    }

    /// From the lexicon; 0 for a word that is not there.
    var valence: Double = 0
    var flags: Flags = []
    var name: Name = .other
}
