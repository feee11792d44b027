package import Primitives

/// A small JSON document as a tree: the settings of a model, not a stream. RFC 8259; of a key that comes twice the last
/// counts.
package enum JSONTree: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// - Throws: `json.syntax`, with the byte where it stops to be JSON.
    package init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(Fault) {
        var reader = JSONTreeReader(bytes: bytes)
        self = try reader.document()
    }

    package subscript(key: String) -> JSONTree? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSONTree]? { if case .array(let value) = self { value } else { nil } }
    package var object: [String: JSONTree]? { if case .object(let value) = self { value } else { nil } }
    package var number: Double? { if case .number(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// A whole number that an Int holds exactly.
    package var integer: Int? { number.flatMap { Int(exactly: $0) } }
}

private struct JSONTreeReader {
    /// Deeper documents are refused, so that a hostile one cannot exhaust the stack.
    private static let depthMax = 64

    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func document() throws(Fault) -> JSONTree {
        let value = try value()
        skipBlanks()
        if position < bytes.count { throw fault() }
        return value
    }

    private func fault() -> Fault {
        Fault("json.syntax", "this is no JSON document", detail: "at byte \(position)")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString) throws(Fault) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw fault() }
        }
    }

    private mutating func value() throws(Fault) -> JSONTree {
        skipBlanks()
        guard depth < Self.depthMax else { throw fault() }
        depth += 1
        defer { depth -= 1 }
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try take("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try take("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try take("null")
            return .null
        default: return try number()
        }
    }

    private mutating func object() throws(Fault) -> JSONTree {
        position += 1
        var members: [String: JSONTree] = [:]
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault() }
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw fault() }
            members[key] = try value()
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault() }
        return .object(members)
    }

    private mutating func array() throws(Fault) -> JSONTree {
        position += 1
        var items: [JSONTree] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array(items) }
        repeat {
            items.append(try value())
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault() }
        return .array(items)
    }

    private mutating func number() throws(Fault) -> JSONTree {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let first = text.utf8.first ?? 0
        guard first == UInt8(ascii: "-") || (0x30...0x39).contains(first), let value = Double(text) else {
            position = start
            throw fault()
        }
        return .number(value)
    }

    private mutating func string() throws(Fault) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault() }
                return string
            case UInt8(ascii: "\\"): try escape(&text)
            case ..<0x20: throw fault()
            default: text.append(byte)
            }
        }
        throw fault()
    }

    private mutating func escape(_ text: inout [UInt8]) throws(Fault) {
        guard let byte = next else { throw fault() }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            var point = try hexadecimal()
            if (0xD800..<0xDC00).contains(point) {
                try take("\\u")
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw fault() }
                point = 0x10000 + (point - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(point) else { throw fault() }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw fault()
        }
    }

    private mutating func hexadecimal() throws(Fault) -> UInt32 {
        guard position + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw fault() }
        position += 4
        return value
    }
}
