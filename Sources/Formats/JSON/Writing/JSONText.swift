/// Writes single JSON values as text.
package enum JSONText {
    package static func appendNull(to output: inout [UInt8]) {
        output.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
    }

    package static func append(_ value: Bool, to output: inout [UInt8]) {
        output.append(contentsOf: value ? [0x74, 0x72, 0x75, 0x65] : [0x66, 0x61, 0x6C, 0x73, 0x65])
    }

    package static func append(_ value: Int64, to output: inout [UInt8]) {
        // The digits come last first; 20 places hold every 64-bit number with its sign.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value.magnitude
            var start = 20
            repeat {
                start -= 1
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
                rest = quotient
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            output.append(contentsOf: digits[start...])
        }
    }

    /// The shortest text that reads back as the same number; null for what JSON has no number for.
    package static func append(_ value: Double, to output: inout [UInt8]) {
        guard value.isFinite else { return appendNull(to: &output) }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 {
            append(whole, to: &output)
            output.append(contentsOf: [UInt8(ascii: "."), UInt8(ascii: "0")])
        } else {
            output.append(contentsOf: value.description.utf8)
        }
    }

    /// A string in quotes; the bytes are valid UTF-8.
    package static func append(_ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<value.count {
            let byte = value[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: value[start..<index]))
            appendEscaped(byte, to: &output)
            start = index + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: value[start...]))
        output.append(UInt8(ascii: "\""))
    }

    package static func append(_ value: [UInt8], to output: inout [UInt8]) {
        value.withUnsafeBufferPointer { append($0, to: &output) }
    }

    package static func append(_ value: String, to output: inout [UInt8]) {
        var value = value
        value.withUTF8 { append($0, to: &output) }
    }

    /// Bytes: a string where they are UTF-8, else `{"base64":"…"}` (RFC 4648), which no text can be taken for.
    package static func append(bytes value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        if String(validating: value, as: UTF8.self) != nil { return append(value, to: &output) }
        output.append(contentsOf: "{\"base64\":\"".utf8)
        Base64.append(UnsafeRawBufferPointer(value), to: &output)
        output.append(contentsOf: "\"}".utf8)
    }

    static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            output.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            output.append(hexDigit(byte >> 4))
            output.append(hexDigit(byte & 0xF))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
