/// The case of words in any script.
enum LetterCase {
    /// Whether a word has at least one capital and no small or title-case letter, as Python's `str.isupper`.
    static func isAllCapitals(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        var hasCapital = false
        var index = 0
        while index < word.count {
            let (value, length) = UTF8Scalar.decode(word, at: index)
            index += length
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            if properties.isLowercase { return false }
            if properties.isUppercase {
                hasCapital = true
            } else if (0x01C5...0x1FFC).contains(value), properties.generalCategory == .titlecaseLetter {
                // All title-case letters lie in this range.
                return false
            }
        }
        return hasCapital
    }
}
