extension ExpressionLexer {
    /// A number, from its first digit or dot on.
    mutating func number() throws(ExpressionFault) -> Token {
        let start = index
        if text[index] == 48, peek(1) | 0x20 == UInt8(ascii: "x") {
            index += 2
            let digits = index
            while Self.hexDigit(peek(0)) != nil { index += 1 }
            guard index > digits else { throw .syntax("hexadecimal number has no digits", at: start) }
            return try integer(start, digits..<index, radix: 16)
        }
        skipDigits()
        let whole = start..<index
        var isDouble = false
        if peek(0) == UInt8(ascii: "."), Self.isDigit(peek(1)) {
            isDouble = true
            index += 1
            skipDigits()
        }
        if peek(0) | 0x20 == UInt8(ascii: "e") {
            let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 2 : 1
            guard Self.isDigit(peek(signed)) else { throw .syntax("exponent has no digits", at: index) }
            isDouble = true
            index += signed
            skipDigits()
        }
        guard isDouble else { return try integer(start, whole, radix: 10) }
        try refuseLetter(after: start)
        guard let value = Double(String(decoding: text[start..<index], as: UTF8.self)) else {
            throw .syntax("malformed number", at: start)
        }
        return .double(value)
    }

    private mutating func skipDigits() {
        while Self.isDigit(peek(0)) { index += 1 }
    }

    private mutating func integer(_ start: Int, _ digits: Range<Int>, radix: Int) throws(ExpressionFault) -> Token {
        let value = UInt64(String(decoding: text[digits], as: UTF8.self), radix: radix)
        let isUnsigned = peek(0) | 0x20 == UInt8(ascii: "u")
        if isUnsigned { index += 1 }
        try refuseLetter(after: start)
        guard let value else {
            throw ExpressionFault(
                "expression.range", "integer does not fit in 64 bits", hint: "write it as a double, with `.0`",
                offset: start)
        }
        return .integer(value, isUnsigned: isUnsigned)
    }

    private func refuseLetter(after start: Int) throws(ExpressionFault) {
        if Self.isLetter(peek(0)) { throw .syntax("malformed number", at: start) }
    }

    /// A string or bytes from its opening quote on.
    mutating func string(isRaw: Bool, isBytes: Bool) throws(ExpressionFault) -> Token {
        let start = index
        let quote = text[index]
        let isTriple = peek(1) == quote && peek(2) == quote
        index += isTriple ? 3 : 1
        var value: [UInt8] = []
        while true {
            guard index < text.count, isTriple || (text[index] != 10 && text[index] != 13) else {
                throw .syntax("string has no end", at: start, hint: "close it with the quote it begins with")
            }
            let byte = text[index]
            if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                index += isTriple ? 3 : 1
                break
            }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &value, isBytes: isBytes)
            } else {
                value.append(byte)
                index += 1
            }
        }
        return isBytes ? .bytes(value) : .string(String(decoding: value, as: UTF8.self))
    }

    private mutating func escape(into value: inout [UInt8], isBytes: Bool) throws(ExpressionFault) {
        let start = index
        let letter = peek(1)
        index += 2
        switch letter {
        case UInt8(ascii: "a"): value.append(7)
        case UInt8(ascii: "b"): value.append(8)
        case UInt8(ascii: "f"): value.append(12)
        case UInt8(ascii: "n"): value.append(10)
        case UInt8(ascii: "r"): value.append(13)
        case UInt8(ascii: "t"): value.append(9)
        case UInt8(ascii: "v"): value.append(11)
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            value.append(letter)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            try append(try digits(2, radix: 16, start), to: &value, isBytes, start)
        case UInt8(ascii: "u") where !isBytes: try append(try digits(4, radix: 16, start), to: &value, false, start)
        case UInt8(ascii: "U") where !isBytes: try append(try digits(8, radix: 16, start), to: &value, false, start)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            index -= 1
            try append(try digits(3, radix: 8, start), to: &value, isBytes, start)
        default: throw .syntax("unknown escape", at: start, hint: #"a backslash itself is `\\`, or use r"…""#)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, _ start: Int) throws(ExpressionFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Self.hexDigit(peek(0)), digit < radix else {
                throw .syntax("escape needs \(count) digits", at: start)
            }
            // Safe: at most eight hexadecimal digits.
            value = value * radix + digit
            index += 1
        }
        return value
    }

    private func append(
        _ code: UInt32, to value: inout [UInt8], _ isBytes: Bool, _ start: Int
    ) throws(ExpressionFault) {
        if isBytes {
            value.append(UInt8(truncatingIfNeeded: code))
            return
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw .syntax("escape is not a Unicode character", at: start)
        }
        value.append(contentsOf: String(Character(scalar)).utf8)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        if isDigit(byte) { return UInt32(byte - 48) }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? UInt32(letter) + 10 : nil
    }
}
