import Primitives

/// Writes times as RFC 3339, in quotes; of times within one second, as they come in streams, the date is written once.
struct ClockText {
    private var second = Int64.min
    /// `"2026-01-01T00:00:00`, the quote included.
    private var text: [UInt8] = []

    mutating func append(_ microseconds: Int64, to cursor: inout TextCursor) {
        let second = microseconds.dividedDown(by: 1_000_000)
        if second != self.second || text.isEmpty {
            self.second = second
            text = [UInt8(ascii: "\"")]
            Timestamp.append(microseconds, to: &text)
            text.removeSubrange((text.firstIndex(of: UInt8(ascii: ".")) ?? text.count - 1)...)
        }
        text.withUnsafeBufferPointer { cursor.append(contentsOf: $0) }
        let fraction = UInt64(bitPattern: microseconds &- second &* 1_000_000)
        if fraction != 0 {
            cursor.append(UInt8(ascii: "."))
            if fraction % 1_000 == 0 {
                cursor.append(digits: fraction / 1_000, width: 3)
            } else {
                cursor.append(digits: fraction, width: 6)
            }
        }
        cursor.append(UInt8(ascii: "Z"))
        cursor.append(UInt8(ascii: "\""))
    }
}
