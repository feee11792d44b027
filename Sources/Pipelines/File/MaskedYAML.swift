import Primitives
import Yams

/// A text in which some characters are replaced by unused ones before the YAML parser sees it.
///
/// Two things the parser does must not happen: it spells aliases out while it builds its tree (and hashes them where
/// they are keys, which takes exponential time for a "billion laughs" file), and it gives up at a key that stands
/// twice, without saying where the second one is. So each `*` that may start an alias is masked, which leaves a plain
/// scalar, and the first character of a repeated key is masked, which makes it another key. The reader of the tree
/// undoes both. A mask is one character for one character: lines and columns stay.
struct MaskedYAML {
    private let original: [UInt8]
    /// By byte of the original text.
    private var masks: [(offset: Int, mask: Unicode.Scalar)] = []
    private let star: Unicode.Scalar
    /// For repeated keys; each is used once.
    private var free: [Unicode.Scalar]
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]

    /// `nil` if the text uses nearly all of the private use area.
    init?(_ bytes: [UInt8]) {
        guard var free = YAMLText.unusedCharacters(bytes, count: 101) else { return nil }
        original = bytes
        star = free.removeLast()
        self.free = free
        for index in bytes.indices where bytes[index] == UInt8(ascii: "*") {
            if index + 1 < bytes.count, YAMLText.isAnchorByte(bytes[index + 1]) { masks.append((index, star)) }
        }
        originals[star] = "*"
    }

    /// What the parser is given.
    var text: String {
        var output: [UInt8] = []
        output.reserveCapacity(original.count + masks.count * 3)
        var index = 0
        for (offset, mask) in masks {
            output.append(contentsOf: original[index..<offset])
            output.append(contentsOf: String(mask).utf8)
            index = offset + UTF8.width(Self.scalar(original, at: offset))
        }
        output.append(contentsOf: original[index...])
        return String(decoding: output, as: UTF8.self)
    }

    /// A text from the tree as it stood in the file.
    func unmask(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { originals[$0] != nil }) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { output.append(originals[scalar] ?? scalar) }
        return String(output)
    }

    /// Makes a repeated key another one; whether that can be done.
    mutating func separateKey(at offset: Int) -> Bool {
        var index = offset
        guard index < original.count else { return false }
        if original[index] == UInt8(ascii: "\"") || original[index] == UInt8(ascii: "'") { index += 1 }
        guard index < original.count, !free.isEmpty, !masks.contains(where: { $0.offset == index }) else {
            return false
        }
        let scalar = Self.scalar(original, at: index)
        // Structure (an empty key, an escape, an anchor) must stay what it is.
        guard scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar) else { return false }
        let mask = free.removeLast()
        originals[mask] = scalar
        masks.append((index, mask))
        masks.sort { $0.offset < $1.offset }
        return true
    }

    private static func scalar(_ bytes: [UInt8], at index: Int) -> Unicode.Scalar {
        var decoder = UTF8()
        var iterator = bytes[index...].prefix(4).makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
        return "?"
    }
}
