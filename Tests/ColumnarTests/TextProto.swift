/// A reader of protobuf's text format, as much of it as CEL's conformance files use.
struct TextProto {
    /// A field's value: a message, or a word, number or string as bytes.
    struct Member {
        var name: String
        var value: Value
    }

    enum Value {
        case message([Member])
        case scalar([UInt8], isString: Bool)

        var text: String {
            if case .scalar(let bytes, _) = self { String(decoding: bytes, as: UTF8.self) } else { "" }
        }

        var bytes: [UInt8] {
            if case .scalar(let bytes, _) = self { bytes } else { [] }
        }

        var fields: [Member] {
            if case .message(let fields) = self { fields } else { [] }
        }

        subscript(name: String) -> Value? { fields.first { $0.name == name }?.value }

        func all(_ name: String) -> [Value] { fields.filter { $0.name == name }.map(\.value) }
    }

    private let text: [UInt8]
    private var index = 0

    static func parse(_ text: [UInt8]) -> Value {
        var reader = TextProto(text: text)
        return .message(reader.fields())
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func skip() {
        while index < text.count {
            switch text[index] {
            case 9, 10, 13, 32, UInt8(ascii: ","), UInt8(ascii: ";"): index += 1
            case UInt8(ascii: "#"): while index < text.count, text[index] != 10 { index += 1 }
            default: return
            }
        }
    }

    private var current: UInt8 { index < text.count ? text[index] : 0 }

    private mutating func fields() -> [Member] {
        var result: [Member] = []
        while true {
            skip()
            if current == 0 || current == UInt8(ascii: "}") { return result }
            let name = word()
            skip()
            if current == UInt8(ascii: ":") { index += 1 }
            skip()
            if current == UInt8(ascii: "[") {
                index += 1
                skip()
                while current != UInt8(ascii: "]"), current != 0 {
                    result.append(Member(name: name, value: value()))
                    skip()
                }
                index += 1
            } else {
                result.append(Member(name: name, value: value()))
            }
        }
    }

    private mutating func value() -> Value {
        switch current {
        case UInt8(ascii: "{"):
            index += 1
            let message = Value.message(fields())
            index += 1
            return message
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            var bytes: [UInt8] = []
            while current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") {
                bytes += string()
                skip()
            }
            return .scalar(bytes, isString: true)
        default: return .scalar(Array(word().utf8), isString: false)
        }
    }

    /// A name in brackets, or anything up to a delimiter.
    private mutating func word() -> String {
        let start = index
        if current == UInt8(ascii: "[") {
            while current != UInt8(ascii: "]"), current != 0 { index += 1 }
            index += 1
        } else {
            while current != 0, !" \t\r\n:{}[],;#".utf8.contains(current) { index += 1 }
        }
        if index == start { index += 1 }
        return String(decoding: text[start..<min(index, text.count)], as: UTF8.self)
    }

    private mutating func string() -> [UInt8] {
        let quote = current
        index += 1
        var bytes: [UInt8] = []
        while current != quote, index < text.count {
            guard current == UInt8(ascii: "\\") else {
                bytes.append(current)
                index += 1
                continue
            }
            index += 1
            let letter = current
            index += 1
            switch letter {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "a"): bytes.append(7)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "v"): bytes.append(11)
            case UInt8(ascii: "x"): bytes.append(UInt8(truncatingIfNeeded: number(2, 16)))
            case UInt8(ascii: "u"): bytes += scalar(number(4, 16))
            case UInt8(ascii: "U"): bytes += scalar(number(8, 16))
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                index -= 1
                bytes.append(UInt8(truncatingIfNeeded: number(3, 8)))
            default: bytes.append(letter)
            }
        }
        index += 1
        return bytes
    }

    private func scalar(_ code: UInt32) -> [UInt8] {
        Unicode.Scalar(code).map { Array(String(Character($0)).utf8) } ?? []
    }

    private mutating func number(_ digits: Int, _ radix: UInt32) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = Character(Unicode.Scalar(current)).hexDigitValue, digit < radix else { break }
            value = value &* radix &+ UInt32(digit)
            index += 1
        }
        return value
    }
}
