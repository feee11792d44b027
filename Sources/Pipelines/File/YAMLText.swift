import Primitives

/// Checks and prepares a text for the YAML parser.
enum YAMLText {
    /// Bytes that a pipeline file may have. Real ones have some thousand.
    static let bytesMax = 1 << 20

    /// A fault of the text itself, at a byte, or nothing.
    static func fault(_ bytes: [UInt8]) -> (Fault, offset: Int)? {
        guard bytes.count <= bytesMax else {
            let fault = Fault("file.too_large", "the file is larger than 1MiB", hint: "is this the pipeline file?")
            return (fault, 0)
        }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar):
                guard isPrintable(scalar) else {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    let fault = Fault(
                        "file.encoding", "the file holds the control character U+\(code)", hint: "remove it")
                    return (fault, offset)
                }
                offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error:
                return (Fault("file.encoding", "the file is not UTF-8 text", hint: "save it as UTF-8"), offset)
            }
        }
    }

    /// YAML 1.1, production c-printable.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
            true
        default: false
        }
    }

    /// Characters of the private use area that a text does not use, so that they can stand for others in it.
    static func unusedCharacters(_ bytes: [UInt8], count: Int) -> [Unicode.Scalar]? {
        var used: Set<UInt32> = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars where scalar.value >= 0xE000 {
            used.insert(scalar.value)
        }
        var free: [Unicode.Scalar] = []
        for value in UInt32(0xE000)...0xF8FF where !used.contains(value) {
            if let scalar = Unicode.Scalar(value) { free.append(scalar) }
            if free.count == count { return free }
        }
        return nil
    }

    /// Whether a byte may stand in an anchor's name: libyaml's set.
    static func isAnchorByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
