import Primitives

/// The text of a pipeline file, or of one `--set`, with its lines.
struct SourceText: Sendable {
    /// As shown in messages.
    let name: String
    let bytes: [UInt8]
    /// The byte at which each line starts; never empty.
    private let lineStarts: [Int]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let length = Self.breakLength(bytes, at: index)
            index += max(1, length)
            if length > 0 { starts.append(index) }
        }
        lineStarts = starts
    }

    /// Lines and columns from 1; a column is one Unicode scalar.
    func lineAndColumn(of offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(0, offset), bytes.count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let column = bytes[lineStarts[low]..<offset].count { !Self.isContinuation($0) }
        return (low + 1, column + 1)
    }

    /// The byte at a line and column, both from 1; clamped to the text.
    func offset(line: Int, column: Int) -> Int {
        guard line >= 1 else { return 0 }
        guard line <= lineStarts.count else { return bytes.count }
        var index = lineStarts[line - 1]
        var remaining = column - 1
        while remaining > 0, index < bytes.count {
            index += 1
            while index < bytes.count, Self.isContinuation(bytes[index]) { index += 1 }
            remaining -= 1
        }
        return index
    }

    /// A line's text without its line break.
    func line(_ number: Int) -> String {
        guard number >= 1, number <= lineStarts.count else { return "" }
        let start = lineStarts[number - 1]
        var end = start
        while end < bytes.count, Self.breakLength(bytes, at: end) == 0 { end += 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// How many bytes a line break has here; 0 if there is none. libyaml's list, so that its marks and these agree.
    private static func breakLength(_ bytes: [UInt8], at index: Int) -> Int {
        func byte(_ ahead: Int) -> UInt8 { index + ahead < bytes.count ? bytes[index + ahead] : 0 }
        switch bytes[index] {
        case 0x0A: return 1
        case 0x0D: return byte(1) == 0x0A ? 2 : 1
        case 0xC2: return byte(1) == 0x85 ? 2 : 0
        case 0xE2: return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
        default: return 0
        }
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

/// A byte of one of the texts that a pipeline is read from.
struct Place: Sendable, Hashable, Comparable {
    /// 0 is the file; the overrides follow in their order.
    var source: Int
    var offset: Int

    static func < (left: Place, right: Place) -> Bool {
        (left.source, left.offset) < (right.source, right.offset)
    }
}
