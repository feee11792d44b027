/// A parsed JSON document, lent by its parser: simdjson's tape (its `doc/tape.md` describes the layout).
///
/// A value is named by the position of its first word. The parser has checked the whole document: every string is valid
/// UTF-8, every bracket closes.
struct JSONTape {
    let words: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>

    /// The position of the document's one value.
    static let root = 1

    static let payloadMask: UInt64 = 0x00FF_FFFF_FFFF_FFFF

    /// What kind of value starts here, as the tape's own letter.
    @inline(__always)
    func kind(_ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[position] >> 56) }

    /// The position after the value.
    @inline(__always)
    func next(_ position: Int) -> Int {
        switch kind(position) {
        case JSONKind.object, JSONKind.array: Int(words[position] & 0xFFFF_FFFF)
        case JSONKind.int64, JSONKind.uint64, JSONKind.double: position + 2
        default: position + 1
        }
    }

    /// The unescaped bytes of a string.
    @inline(__always)
    func string(_ position: Int) -> UnsafeBufferPointer<UInt8> {
        let start = strings + Int(words[position] & Self.payloadMask)
        let count = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(count))
    }

    @inline(__always)
    func int64(_ position: Int) -> Int64 { Int64(bitPattern: words[position + 1]) }

    @inline(__always)
    func uint64(_ position: Int) -> UInt64 { words[position + 1] }

    @inline(__always)
    func double(_ position: Int) -> Double { Double(bitPattern: words[position + 1]) }

    /// The value as a person would name it in a message.
    func typeName(_ position: Int) -> String {
        switch kind(position) {
        case JSONKind.object: "an object"
        case JSONKind.array: "an array"
        case JSONKind.string: "a string"
        case JSONKind.int64, JSONKind.uint64, JSONKind.double: "a number"
        case JSONKind.true, JSONKind.false: "a truth value"
        default: "null"
        }
    }
}

/// The letters that mark values on the tape.
enum JSONKind {
    static let object = UInt8(ascii: "{")
    static let array = UInt8(ascii: "[")
    static let string = UInt8(ascii: "\"")
    static let int64 = UInt8(ascii: "l")
    static let uint64 = UInt8(ascii: "u")
    static let double = UInt8(ascii: "d")
    static let `true` = UInt8(ascii: "t")
    static let `false` = UInt8(ascii: "f")
    static let null = UInt8(ascii: "n")
    static let objectEnd = UInt8(ascii: "}")
    static let arrayEnd = UInt8(ascii: "]")
}
