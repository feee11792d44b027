/// Where text is being written: a place in memory. Whoever writes has made room.
struct TextCursor {
    /// Behind what has been written.
    private(set) var end: UnsafeMutablePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) {
        end = start
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        end.pointee = byte
        end += 1
    }

    /// Eight bytes as they lie in memory.
    @inline(__always)
    mutating func append(word: UInt64) {
        UnsafeMutableRawPointer(end).storeBytes(of: word, as: UInt64.self)
        end += 8
    }

    @inline(__always)
    mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        end.update(from: source, count: bytes.count)
        end += bytes.count
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// A whole number; 20 bytes hold every one.
    mutating func append(number value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, width: 1)
    }

    /// A whole number with leading zeros up to a width of at most 20.
    mutating func append(digits value: UInt64, width: Int) {
        var size = 1
        var scale: UInt64 = 10
        while size < 20 && (size < width || value >= scale) {
            size += 1
            let (next, overflow) = scale.multipliedReportingOverflow(by: 10)
            scale = overflow ? .max : next
        }
        var rest = value
        var place = end + size
        while place > end {
            place -= 1
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            place.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
            rest = quotient
        }
        end += size
    }
}
