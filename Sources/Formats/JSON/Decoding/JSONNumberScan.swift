/// Finds numbers that are well formed but do not fit 64 bits: simdjson refuses the document for them as for a bad one.
enum JSONNumberScan {
    /// The document with 0 in the place of each such number; `nil` if there is none.
    static func replacingTooLarge(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var result: [UInt8]?
        var index = 0
        var isInString = false
        while index < bytes.count {
            let byte = bytes[index]
            if isInString {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isInString = false }
                index += 1
            } else if byte == UInt8(ascii: "-") || isDigit(byte) {
                let start = index
                while index < bytes.count, isNumberByte(bytes[index]) { index += 1 }
                guard isTooLarge(UnsafeRawBufferPointer(rebasing: bytes[start..<index])) else { continue }
                if result == nil { result = Array(bytes) }
                result?[start] = UInt8(ascii: "0")
                for position in (start + 1)..<index { result?[position] = 0x20 }
            } else {
                isInString = byte == UInt8(ascii: "\"")
                index += 1
            }
        }
        return result
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
        default: isDigit(byte)
        }
    }

    /// Whether a token is a number by RFC 8259's grammar, and beyond what 64 bits hold.
    private static func isTooLarge(_ token: UnsafeRawBufferPointer) -> Bool {
        var rest = token[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        guard let first = whole.first, first != UInt8(ascii: "0") || whole.count == 1 else { return false }
        rest = rest[whole.endIndex...]
        let text = String(decoding: token, as: UTF8.self)
        if rest.isEmpty { return Int64(text) == nil && UInt64(text) == nil }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest = rest[fraction.endIndex...]
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let exponent = rest.prefix(while: isDigit)
            guard !exponent.isEmpty else { return false }
            rest = rest[exponent.endIndex...]
        }
        return rest.isEmpty && !(Double(text)?.isFinite ?? true)
    }
}
