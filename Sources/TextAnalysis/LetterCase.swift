/// The case of words in any script.
struct LetterCase: @unchecked Sendable {
    // Sendable: written by `init` alone; the one there is lives as long as the process.

    static let shared = LetterCase()

    /// What a character is to the case of its word.
    enum Kind: UInt8 {
        case none
        case capital
        /// A small or title-case letter.
        case other
    }

    /// Latin, Greek, Cyrillic and Armenian, the scripts with case that posts are written in: read from a table.
    private static let tableSize: UInt32 = 0x590
    private let table: UnsafePointer<Kind>

    private init() {
        let table = UnsafeMutablePointer<Kind>.allocate(capacity: Int(Self.tableSize))
        for value in 0..<Self.tableSize { (table + Int(value)).initialize(to: Self.property(of: value)) }
        self.table = UnsafePointer(table)
    }

    /// Whether a word has at least one capital and no small or title-case letter, as Python's `str.isupper`.
    func isAllCapitals(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        var hasCapital = false
        var index = 0
        while index < word.count {
            let (value, length) = UTF8Scalar.decode(word, at: index)
            index += length
            switch kind(of: value) {
            case .none: break
            case .capital: hasCapital = true
            case .other: return false
            }
        }
        return hasCapital
    }

    /// What a code point is to the case of its word.
    @inline(__always)
    func kind(of value: UInt32) -> Kind {
        if value < Self.tableSize { return table[Int(value)] }
        switch value {
        // Scripts without case, skipped because the properties below cost 50 ns: Hebrew to Myanmar, Hangul to Ethiopic,
        // signs and letters of East Asia, Hangul syllables to private use, pictographs.
        case 0x590...0x109F, 0x1100...0x139F, 0x2E80...0xA63F, 0xAC00...0xFAFF, 0x1F1E6...0x1FFFF: return .none
        default: return Self.property(of: value)
        }
    }

    /// The same by Unicode's own tables.
    static func property(of value: UInt32) -> Kind {
        guard let properties = Unicode.Scalar(value)?.properties else { return .none }
        if properties.isLowercase || properties.generalCategory == .titlecaseLetter { return .other }
        return properties.isUppercase ? .capital : .none
    }
}
