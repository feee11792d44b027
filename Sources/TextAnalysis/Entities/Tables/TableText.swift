/// Reads the generated tables: words between blanks.
enum TableText {
    /// Calls `body` with the bytes of each word.
    static func forEachWord(_ text: StaticString, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard text.hasPointerRepresentation else { return }
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var start = 0
        for index in 0...bytes.count where index == bytes.count || bytes[index] <= 0x20 {
            if index > start { body(UnsafeBufferPointer(rebasing: bytes[start..<index])) }
            start = index + 1
        }
    }

    /// The hexadecimal numbers of a word, whatever single bytes part them; a minus may stand before each.
    static func numbers(_ word: UnsafeBufferPointer<UInt8>, separator: UInt8) -> [Int] {
        word.split(separator: separator).map { digits in
            let value = digits.reduce(0) { value, byte in value &* 16 &+ digit(byte) }
            return digits.first == UInt8(ascii: "-") ? -value : value
        }
    }

    /// Calls `body` with the code points of each run.
    static func forEachRange(_ text: StaticString, _ body: (ClosedRange<Int>) -> Void) {
        forEachWord(text) { word in
            let ends = numbers(word, separator: UInt8(ascii: "-"))
            if let first = ends.first, let last = ends.last, first <= last { body(first...last) }
        }
    }

    private static func digit(_ byte: UInt8) -> Int {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        default: 0
        }
    }
}
