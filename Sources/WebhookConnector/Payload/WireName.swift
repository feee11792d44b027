import Primitives

/// Names that come from data and go where not every text may stand: into a header, a line, a limited field. One that
/// may not stand there is replaced by its hash: the same for the same name, and hardly ever that of another.
enum WireName {
    /// Bytes of a header's value that every receiver takes.
    private static let longest = 255

    /// For the value of an HTTP header, or a word in a line: printable ASCII without spaces.
    static func word(_ text: String) -> String {
        replaced(text, longest: longest) { (0x21...0x7E).contains($0) }
    }

    /// For an e-mail's `Message-ID`: the `atext` of RFC 5322, less what few programs expect there.
    static func atom(_ text: String) -> String {
        replaced(text, longest: longest) { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "="):
                true
            default: false
            }
        }
    }

    /// Any text of a limited length: cutting it would make two names one.
    static func short(_ text: String, longest: Int) -> String {
        replaced(text, longest: longest) { _ in true }
    }

    private static func replaced(_ text: String, longest: Int, _ mayStand: (UInt8) -> Bool) -> String {
        guard text.isEmpty || text.utf8.count > longest || !text.utf8.allSatisfy(mayStand) else { return text }
        return "name_" + Hashing.hexadecimal(Hashing.hash64(text)) + Hashing.hexadecimal(Hashing.hash64(text, seed: ~0))
    }
}
