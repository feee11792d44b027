/// Says of nearly every place of a text that no alias starts there.
///
/// Where an alias matches, its first character and the ASCII letters, digits and underscores behind it are those of the
/// text, for neither can end within a word. So a hash of these few bytes decides: one bit in a small table that stays
/// in the cache. Only the first eight bytes and the length count.
final class FirstWordFilter: Sendable {
    private let bits: ConstantTable<UInt64>
    private let shift: UInt64
    /// What each byte of a text is to the search: some of the bits below.
    let kinds: ConstantTable<UInt8>

    /// An ASCII letter, a digit or an underscore.
    static let word: UInt8 = 1
    /// An ASCII character that begins an alias, in either case.
    static let start: UInt8 = 2
    /// Not ASCII.
    static let wide: UInt8 = 4

    /// - Parameter keys: aliases, cases folded.
    init(_ keys: [(bytes: [UInt8], value: Int32)], _ table: CharacterTable) {
        // Eight bits a key or more: one of eight words that start no alias gets through, at most.
        var bitCount = 1 << 15
        while bitCount < keys.count * 16 { bitCount *= 2 }
        let shift = UInt64(64 - bitCount.trailingZeroBitCount)
        var bits = [UInt64](repeating: 0, count: bitCount / 64)
        var kinds = (0..<256).map { byte -> UInt8 in
            byte >= 0x80 ? Self.wide : table.isASCIIWord(UInt8(byte)) ? Self.word : 0
        }
        for key in keys {
            let first = key.bytes[0]
            if first < 0x80 {
                kinds[Int(first)] |= Self.start
                if first &- 0x61 < 26 { kinds[Int(first & 0xDF)] |= Self.start }
            }
            var end = 1
            while end < key.bytes.count, table.isASCIIWord(key.bytes[end]) { end += 1 }
            let hash = key.bytes.withUnsafeBufferPointer { bytes in
                bytes.baseAddress.map { Self.hash($0, start: 0, end: end, limit: bytes.count) >> shift } ?? 0
            }
            bits[Int(hash >> 6)] |= 1 << (hash & 63)
        }
        self.shift = shift
        self.bits = ConstantTable(bits)
        self.kinds = ConstantTable(kinds)
    }

    deinit {
        bits.deallocate()
        kinds.deallocate()
    }

    var memoryFootprint: Int { bits.count * 8 + 256 }

    /// Whether an alias may start with the ASCII bytes of a range.
    /// - Parameter limit: where readable memory ends.
    @inline(__always)
    func mayMatch(_ base: UnsafePointer<UInt8>, start: Int, end: Int, limit: Int) -> Bool {
        let hash = Self.hash(base, start: start, end: end, limit: limit) >> shift
        return bits[Int(hash >> 6)] >> (hash & 63) & 1 != 0
    }

    /// Upper and lower case give the same: bit 5 is set in every byte.
    @inline(__always)
    private static func hash(_ base: UnsafePointer<UInt8>, start: Int, end: Int, limit: Int) -> UInt64 {
        let length = end - start
        var head: UInt64 = 0
        if start + 8 <= limit {
            head = UnsafeRawPointer(base + start).loadUnaligned(as: UInt64.self)
            if length < 8 { head &= (1 << UInt64(length * 8)) - 1 }
        } else {
            for index in 0..<min(length, 8) { head |= UInt64(base[start + index]) << UInt64(index * 8) }
        }
        let key = (head | 0x2020_2020_2020_2020) ^ UInt64(truncatingIfNeeded: length) &* 0xFF51_AFD7_ED55_8CCD
        return (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
    }
}

extension CharacterTable {
    /// Whether a byte is an ASCII letter, a digit or an underscore.
    @inline(__always)
    func isASCIIWord(_ byte: UInt8) -> Bool {
        byte < 0x80 && CharacterTraits(rawValue: ascii[Int(byte)]).contains(.name)
    }
}
