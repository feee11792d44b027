import Primitives

/// Text that grows; whoever appends has reserved room for it.
final class LineText {
    private static let bytesMin = 1 << 16

    private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: LineText.bytesMin)
    private var capacity = LineText.bytesMin
    private var count = 0

    deinit { base.deallocate() }

    /// Makes room for so many bytes, and eight more that may be written over.
    @inline(__always)
    func reserve(_ bytes: Int) {
        if capacity - count < bytes + 8 { grow(bytes + 8) }
    }

    private func grow(_ bytes: Int) {
        capacity = max(capacity * 2, count + bytes)
        let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        grown.update(from: base, count: count)
        base.deallocate()
        base = grown
    }

    /// Moves everything behind `output`.
    func move(to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        count = 0
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        base[count] = byte
        count += 1
    }

    @inline(__always)
    func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        (base + count).update(from: source, count: bytes.count)
        count += bytes.count
    }

    /// A whole number; 20 bytes hold every one.
    func append(number value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, width: 1)
    }

    /// A whole number with leading zeros up to a width of at most 20.
    func append(digits value: UInt64, width: Int) {
        var size = 1
        var scale: UInt64 = 10
        while size < 20 && (size < width || value >= scale) {
            size += 1
            let (next, overflow) = scale.multipliedReportingOverflow(by: 10)
            scale = overflow ? .max : next
        }
        var rest = value
        var place = count + size
        while place > count {
            place -= 1
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            base[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
            rest = quotient
        }
        count += size
    }

    /// A string in quotes, escaped where JSON asks for it; the bytes are valid UTF-8. It may take six times their
    /// number and two.
    func append(quoted value: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        var index = 0
        if let source = value.baseAddress {
            while index + 8 <= value.count {
                let word = UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self)
                if Self.needsEscape(word) {
                    for place in index..<index + 8 { append(escaped: source[place]) }
                } else {
                    UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
                    count += 8
                }
                index += 8
            }
            while index < value.count {
                append(escaped: source[index])
                index += 1
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Whether one of eight bytes is a control character, a quote or a backslash ("Bit Twiddling Hacks", Anderson:
    /// zero byte, byte less than n). A byte above a found one may be found wrongly, which only costs time.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- ones &* 0x20) & ~word
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & highs != 0
    }

    private func append(escaped byte: UInt8) {
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { return append(byte) }
        var text: [UInt8] = []
        JSONText.appendEscaped(byte, to: &text)
        text.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

/// Writes times as RFC 3339; of times within one second, as they come in streams, the date is written once.
struct ClockText {
    private var second = Int64.min
    /// `"2026-01-01T00:00:00`, the quote included.
    private var text: [UInt8] = []

    /// At most 64 bytes.
    mutating func append(_ microseconds: Int64, to line: LineText) {
        let second = microseconds.floored(by: 1_000_000)
        if second != self.second || text.isEmpty {
            self.second = second
            text = [UInt8(ascii: "\"")]
            Timestamp.append(microseconds, to: &text)
            text.removeSubrange((text.firstIndex(of: UInt8(ascii: ".")) ?? text.count - 1)...)
        }
        text.withUnsafeBufferPointer { line.append(contentsOf: $0) }
        let fraction = UInt64(bitPattern: microseconds &- second &* 1_000_000)
        if fraction != 0 {
            line.append(UInt8(ascii: "."))
            if fraction % 1_000 == 0 {
                line.append(digits: fraction / 1_000, width: 3)
            } else {
                line.append(digits: fraction, width: 6)
            }
        }
        line.append(UInt8(ascii: "Z"))
        line.append(UInt8(ascii: "\""))
    }
}
