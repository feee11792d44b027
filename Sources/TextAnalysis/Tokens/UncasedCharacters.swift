// The standard library knows the canonical decompositions, but offers them under this name only.
@_spi(_Unicode) import Swift

/// What becomes of each character before WordPiece sees it, by the uncased rules of BERT (Devlin et al. 2018,
/// `BasicTokenizer`): controls are dropped, accents come off (NFD without nonspacing marks), capitals become small,
/// blanks part words, punctuation and ideographs stand alone.
struct UncasedCharacters: Sendable {
    static let shared = UncasedCharacters()

    enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// It is left out.
        case dropped
        case blank
        /// A word of its own.
        case single
        /// Part of a word.
        case letter
    }

    struct Entry: BitwiseCopyable, Sendable {
        /// What takes its place: `count` code points from here in `replacements`.
        var first: UInt32
        var count: UInt8
        var kind: Kind
    }

    /// Beyond are ideographs, and code points that no post has.
    private static let tableSize: UInt32 = 0x20000

    private let entries: ConstantTable<Entry>
    private let replacements: ConstantTable<UInt32>

    /// - Parameter point: a code point of Unicode.
    @inline(__always)
    func entry(_ point: UInt32) -> Entry {
        if point < Self.tableSize { return entries[Int(point)] }
        let kind: Kind = Self.isIdeograph(point) ? .single : .dropped
        return Entry(first: 0, count: 0, kind: kind)
    }

    /// What takes a character's place, position by position. An entry with none stands for itself.
    @inline(__always)
    func replacement(_ entry: Entry, _ index: Int) -> UInt32 { replacements[Int(entry.first) + index] }

    private init() {
        var entries: [Entry] = []
        var replacements: [UInt32] = []
        entries.reserveCapacity(Int(Self.tableSize))
        for point in 0..<Self.tableSize {
            guard let scalar = Unicode.Scalar(point) else {
                entries.append(Entry(first: 0, count: 0, kind: .dropped))
                continue
            }
            let kind = Self.kind(scalar)
            var entry = Entry(first: UInt32(truncatingIfNeeded: replacements.count), count: 0, kind: kind)
            if kind == .letter || kind == .single, Self.mayChange(point) {
                let new = Self.uncased(scalar)
                if new.isEmpty {
                    entry.kind = .dropped
                } else if new != [point] {
                    entry.count = UInt8(truncatingIfNeeded: new.count)
                    replacements += new
                }
            }
            entries.append(entry)
        }
        self.entries = ConstantTable(entries)
        self.replacements = ConstantTable(replacements)
    }

    /// Ideographs, and private use, have no case and no parts; most of the table is theirs.
    private static func mayChange(_ point: UInt32) -> Bool {
        !(0x3400...0x9FFF).contains(point) && !(0xE000...0xF8FF).contains(point)
    }

    private static func uncased(_ scalar: Unicode.Scalar) -> [UInt32] {
        var result: [UInt32] = []
        for part in String(Character(scalar))._nfd where part.properties.generalCategory != .nonspacingMark {
            for small in part.properties.lowercaseMapping.unicodeScalars { result.append(small.value) }
        }
        return result
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        let point = scalar.value
        if point == 0x09 || point == 0x0A || point == 0x0D { return .blank }
        if point == 0 || point == UTF8Scalar.replacement { return .dropped }
        if isIdeograph(point) { return .single }
        if (0x3400...0x4DFF).contains(point) || (0xAC00...0xD7A3).contains(point) { return .letter }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate, .unassigned: return .dropped
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .single
        default: break
        }
        if scalar.properties.isWhitespace { return .blank }
        // The signs of ASCII count as punctuation too: $ + < = > ^ ` | ~
        return point < 0x80 && point > 0x20 && !scalar.properties.isAlphabetic && !(0x30...0x39).contains(point)
            ? .single : .letter
    }

    /// The blocks of CJK ideographs as BERT lists them.
    static func isIdeograph(_ point: UInt32) -> Bool {
        switch point {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
