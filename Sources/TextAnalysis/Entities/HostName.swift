/// Whether a host name can be one of the Internet's: RFC 1035 allows 63 letters a label, other scripts count as they
/// are written in ASCII (IDNA, RFC 3490).
enum HostName {
    private static let labelMax = 63
    /// The longest URL that is taken for one, in characters, its host in ASCII and a protocol included.
    static let urlMax = 4096

    /// How many characters the host is longer in ASCII than as it is written; `nil` if it cannot be a host.
    static func growth(_ text: UTF8Text, _ host: Range<Int>) -> Int? {
        var growth = 0
        var start = host.lowerBound
        for index in host.lowerBound...host.upperBound
        where index == host.upperBound || text[index] == UInt8(ascii: ".") {
            guard let added = labelGrowth(text, start..<index) else { return nil }
            growth += added
            start = index + 1
        }
        return growth
    }

    private static func labelGrowth(_ text: UTF8Text, _ label: Range<Int>) -> Int? {
        let isASCII = label.allSatisfy { text[$0] < 0x80 }
        if isASCII { return (1...labelMax).contains(label.count) ? 0 : nil }
        // More bytes than this cannot become so few letters; it bounds the work below.
        guard label.count <= labelMax * 4 else { return nil }
        var points: [UInt32] = []
        var index = label.lowerBound
        while index < label.upperBound {
            let character = text.character(at: index)
            guard character.point != .max else { return nil }
            points.append(text.table.lowercase(character.point))
            index += character.length
        }
        // A label that says it is Punycode is ASCII.
        let prefix: [UInt32] = [0x78, 0x6E, 0x2D, 0x2D]
        if points.starts(with: prefix) { return nil }
        let encoded = prefix.count + punycodeLength(points)
        return encoded <= labelMax ? encoded - points.count : nil
    }

    /// The length of a label in Punycode (RFC 3492, section 6.3), without its prefix.
    private static func punycodeLength(_ points: [UInt32]) -> Int {
        let (base, least, most, skew, damp) = (36, 1, 26, 38, 700)
        let basic = points.count { $0 < 0x80 }
        var length = basic + (basic > 0 ? 1 : 0)
        var (next, delta, bias, handled) = (0x80, 0, 72, basic)
        while handled < points.count {
            let smallest = points.reduce(Int.max) { $1 >= next ? min($0, Int($1)) : $0 }
            delta += (smallest - next) * (handled + 1)
            next = smallest
            for point in points {
                if point < next { delta += 1 }
                guard point == next else { continue }
                var (quotient, position) = (delta, base)
                while true {
                    length += 1
                    let threshold = min(max(position - bias, least), most)
                    if quotient < threshold { break }
                    quotient = (quotient - threshold) / (base - threshold)
                    position += base
                }
                delta = handled == basic ? delta / damp : delta / 2
                delta += delta / (handled + 1)
                var shift = 0
                while delta > (base - least) * most / 2 {
                    delta /= base - least
                    shift += base
                }
                bias = shift + (base - least + 1) * delta / (delta + skew)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return length
    }
}
