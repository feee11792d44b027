/// Character references of HTML: `&amp;`, `&#8217;`, `&#x1F600;`.
///
/// The named ones are those that platforms write into posts; others stay as they are.
enum HTMLEntity {
    private static let named: [(name: String, scalar: Unicode.Scalar)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("nbsp", " "), ("hellip", "…"),
        ("ndash", "–"), ("mdash", "—"), ("lsquo", "‘"), ("rsquo", "’"), ("ldquo", "“"), ("rdquo", "”"), ("laquo", "«"),
        ("raquo", "»"), ("bull", "•"), ("middot", "·"), ("copy", "©"), ("reg", "®"), ("trade", "™"), ("euro", "€"),
        ("pound", "£"), ("yen", "¥"), ("cent", "¢"), ("deg", "°"), ("times", "×"), ("hearts", "♥"),
    ]

    /// The longest reference that is looked at, from `&` to `;`.
    private static let lengthMax = 12

    /// Appends what the reference at a position stands for, or the `&` alone. Never more bytes than it has itself.
    /// - Returns: the position behind it.
    static func append(_ html: UnsafeBufferPointer<UInt8>, at start: Int, to output: inout [UInt8]) -> Int {
        let limit = min(html.count, start + lengthMax)
        guard let end = (start..<limit).first(where: { html[$0] == UInt8(ascii: ";") }),
            let scalar = scalar(html[(start + 1)..<end])
        else {
            output.append(UInt8(ascii: "&"))
            return start + 1
        }
        output.append(contentsOf: Array(String(Character(scalar)).utf8))
        return end + 1
    }

    private static func scalar(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Unicode.Scalar? {
        guard name.first == UInt8(ascii: "#") else {
            return named.first { name.elementsEqual($0.name.utf8) }?.scalar
        }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == UInt8(ascii: "x") || digits.first == UInt8(ascii: "X")
        let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
        // A sign is no digit, though the initialiser would take it.
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let number = UInt32(text, radix: isHexadecimal ? 16 : 10), number != 0
        else { return nil }
        return Unicode.Scalar(number)
    }
}
