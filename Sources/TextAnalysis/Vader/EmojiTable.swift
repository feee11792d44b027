/// The descriptions of emoji, found by code point: open addressing, at most a third full.
struct EmojiTable: @unchecked Sendable {
    // Sendable: written by `init` alone; it lives as long as the process.

    private static let slotMask = 4095

    private struct Entry: BitwiseCopyable {
        /// 0: free.
        var scalar: UInt32 = 0
        /// Where the description lies in the text.
        var start: UInt16 = 0
        var count: UInt16 = 0
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let text: UnsafePointer<UInt8>

    /// - Parameter source: each emoji with its description behind it, divided by `|` or a line's end.
    init(_ source: StaticString) {
        text = source.utf8Start
        entries = .allocate(capacity: Self.slotMask + 1)
        entries.initialize(repeating: Entry(), count: Self.slotMask + 1)
        let bytes = UnsafeBufferPointer(start: text, count: source.utf8CodeUnitCount)
        precondition(bytes.count <= Int(UInt16.max), "descriptions are found by 16-bit positions")
        for part in bytes.split(whereSeparator: { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "\n") }) {
            let (scalar, length) = UTF8Scalar.decode(UnsafeBufferPointer(rebasing: part), at: 0)
            var slot = Self.slot(scalar)
            while entries[slot].scalar != 0 { slot = (slot + 1) & Self.slotMask }
            entries[slot] = Entry(
                scalar: scalar, start: UInt16(part.startIndex + length), count: UInt16(part.count - length))
        }
    }

    /// The description of an emoji; `nil` if the code point is none.
    @inline(__always)
    func description(of scalar: UInt32) -> UnsafeBufferPointer<UInt8>? {
        var slot = Self.slot(scalar)
        while entries[slot].scalar != 0 {
            let entry = entries[slot]
            if entry.scalar == scalar {
                return UnsafeBufferPointer(start: text + Int(entry.start), count: Int(entry.count))
            }
            slot = (slot + 1) & Self.slotMask
        }
        return nil
    }

    @inline(__always)
    private static func slot(_ scalar: UInt32) -> Int {
        Int(truncatingIfNeeded: (scalar &* 0x9E37_79B1) >> 20) & slotMask
    }
}
