import Primitives

/// A hash of a text's words: the same for posts that differ in case, spacing, links and mentions only, as copies and
/// shares of one post do. FNV-1a over the words that are left, mixed.
enum TextFingerprint {
    private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3
    private static let space = UInt8(ascii: " ")

    static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = offset
        var position = 0
        while position < text.count {
            while position < text.count && text[position] <= space { position += 1 }
            let start = position
            while position < text.count && text[position] > space { position += 1 }
            guard position > start, !isLeftOut(text, start, position) else { continue }
            for index in start..<position {
                let byte = text[index]
                let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* prime
            }
            hash = (hash ^ UInt64(space)) &* prime
        }
        return Hashing.mix(hash)
    }

    /// Whether a word is a mention, a link or the mark of a share.
    private static func isLeftOut(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if text[start] == UInt8(ascii: "@") { return true }
        if end - start == 2, text[start] == UInt8(ascii: "R"), text[start + 1] == UInt8(ascii: "T") { return true }
        let link = Array("http".utf8)
        return end - start > 7 && link.indices.allSatisfy { text[start + $0] | 0x20 == link[$0] }
    }
}
