/// Whether two terms that burst together say the same, so that one of them is enough.
///
/// They do if their letters and digits are the same (`world_cup`, `worldcup`), or if one's words stand within the
/// other's or they overlap by two words or more (`york times`, `new york times`), and the rarer comes at least four
/// times for five of the other: then most of their posts are the same posts.
package enum TermLikeness {
    private static let space = UInt8(ascii: " ")

    /// - Parameters: each term with its mentions in the window.
    package static func isSame(_ left: [UInt8], _ leftCount: UInt32, _ right: [UInt8], _ rightCount: UInt32) -> Bool {
        if letters(left) == letters(right) { return true }
        guard Double(min(leftCount, rightCount)) >= 0.8 * Double(max(leftCount, rightCount)) else { return false }
        let (first, second) = (words(left), words(right))
        let common = overlap(first, second)
        return common >= 2 || common == min(first.count, second.count)
    }

    private static func words(_ term: [UInt8]) -> [ArraySlice<UInt8>] { term.split(separator: space) }

    /// Letters and digits; whatever is beyond ASCII counts as one.
    private static func letters(_ term: [UInt8]) -> [UInt8] {
        term.compactMap { byte in
            switch byte {
            case 0x41...0x5A: byte | 0x20
            case 0x30...0x39, 0x61...0x7A, 0x80...: byte
            default: nil
            }
        }
    }

    /// The length of the longest run of words that both have.
    private static func overlap(_ left: [ArraySlice<UInt8>], _ right: [ArraySlice<UInt8>]) -> Int {
        var longest = 0
        for start in left.indices {
            for other in right.indices {
                var length = 0
                while start + length < left.count, other + length < right.count,
                    left[start + length] == right[other + length]
                {
                    length += 1
                }
                longest = max(longest, length)
            }
        }
        return longest
    }
}
