/// A text as a model was trained to see it, and where each of its bytes comes from. Its memory is used again.
struct TextPreparation {
    enum Rule: String, Sendable {
        case none
        /// The three commonest entities of HTML are decoded, URLs become `http`, mentions of users `@user`: as the
        /// posts of TweetEval are (Barbieri et al. 2020).
        case posts = "posts-1"
    }

    private(set) var bytes: [UInt8] = []
    /// Where a run of bytes that stayed begins, here and in the source.
    private var runs: [(prepared: Int32, source: Int32)] = []

    /// The place in the source of a place in `bytes`, its end included.
    func source(of position: Int32) -> Int32 {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].prepared <= position { low = middle + 1 } else { high = middle }
        }
        let place = low > 0 ? runs[low - 1].source + (position - runs[low - 1].prepared) : position
        // Within a word that is longer than what it stands for.
        return low < runs.count ? min(place, runs[low].source) : place
    }

    mutating func prepare(_ text: UnsafeBufferPointer<UInt8>, _ rule: Rule) {
        bytes.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        guard rule == .posts else {
            bytes.append(contentsOf: text)
            return
        }
        // Entities first: what they hid is read by the rules behind.
        var index = 0
        var before: UInt8 = 0
        while index < text.count {
            let start = index
            let byte = Self.character(text, &index)
            if byte == UInt8(ascii: "h"), let end = Self.urlEnd(text, start) {
                replace("http", start..<end)
                (index, before) = (end, UInt8(ascii: "p"))
            } else if byte == UInt8(ascii: "@"), !Self.isWord(before), let end = Self.nameEnd(text, index) {
                replace("@user", start..<end)
                (index, before) = (end, UInt8(ascii: "r"))
            } else {
                bytes.append(byte)
                if index > start + 1 { mark(index) }
                before = byte
            }
        }
    }

    private mutating func replace(_ word: StaticString, _ range: Range<Int>) {
        for offset in 0..<word.utf8CodeUnitCount { bytes.append(word.utf8Start[offset]) }
        mark(range.upperBound)
    }

    private mutating func mark(_ source: Int) {
        runs.append((Int32(truncatingIfNeeded: bytes.count), Int32(truncatingIfNeeded: source)))
    }

    /// The byte at a place, an entity decoded; moves on behind it.
    private static func character(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt8 {
        let byte = text[index]
        index += 1
        guard byte == UInt8(ascii: "&") else { return byte }
        for (name, character) in Self.entities where matches(text, index, name) {
            index += name.utf8CodeUnitCount
            return character
        }
        return byte
    }

    private static let entities: [(StaticString, UInt8)] = [
        ("lt;", UInt8(ascii: "<")), ("gt;", UInt8(ascii: ">")), ("amp;", UInt8(ascii: "&")),
    ]

    private static func matches(_ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ word: StaticString) -> Bool {
        guard index + word.utf8CodeUnitCount <= text.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where text[index + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private static func urlEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        guard matches(text, start, "http://") || matches(text, start, "https://") else { return nil }
        var end = start
        while end < text.count, ![0x20, 0x09, 0x0A, 0x0D].contains(text[end]) { end += 1 }
        return end
    }

    private static func nameEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var end = start
        while end < text.count, isWord(text[end]) { end += 1 }
        return end > start ? end : nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte &- 0x30 < 10 || byte | 0x20 &- 0x61 < 26
    }
}
