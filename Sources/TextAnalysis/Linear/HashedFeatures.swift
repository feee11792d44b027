import Primitives

/// The hashed features of a text, as the linear models read them (the feature set `hashed-1`): words, pairs of words,
/// and runs of bytes. Its memory is used again.
///
/// 1. The text is prepared as posts are (`TextPreparation`). Capitals of ASCII become small, each run of bytes up to
///    0x20 one space, and a byte that equals both of the last two is left out. One space stands before and after.
/// 2. Tokens are the longest runs of word bytes (`a-z 0-9 _ ' # @` and every byte from 0x80), and the longest runs of
///    the others that are no space.
/// 3. A feature's hash is FNV-1a, its first value changed by the kind of feature: 1 a token; 2 two neighbours, their
///    bytes with a space between; 3 a run of `n` bytes, spaces among them.
/// 4. Its bucket is the upper bits of the mixed hash.
struct HashedFeatures {
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3
    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var preparation = TextPreparation()
    private(set) var bytes: [UInt8] = []
    /// The buckets of tokens and pairs, in the order of the text; pairs behind.
    private(set) var words: [UInt32] = []
    private var tokens: [Range<Int>] = []

    init() {}

    /// Whether a byte is part of a word.
    private static let isWord: ConstantTable<Bool> = {
        ConstantTable(
            (0..<256).map { byte in
                byte >= 0x80 || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                    || "_'#@".utf8.contains(UInt8(byte))
            })
    }()

    /// Reads a text, in place of the one before.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>, bits: UInt64) {
        preparation.prepare(text, .posts)
        normalise()
        findTokens()
        words.removeAll(keepingCapacity: true)
        bytes.withUnsafeBufferPointer { bytes in
            for token in tokens {
                words.append(Self.bucket(Self.hash(Self.basis ^ 1, bytes[token]), bits))
            }
            guard tokens.count > 1 else { return }
            for index in 1..<tokens.count {
                var hash = Self.hash(Self.basis ^ 2, bytes[tokens[index - 1]])
                hash = (hash ^ 0x20) &* Self.prime
                words.append(Self.bucket(Self.hash(hash, bytes[tokens[index]]), bits))
            }
        }
    }

    /// Calls `body` with the bucket of each run of bytes of some lengths.
    /// - Parameter lengths: bit `n` asks for runs of `n` bytes.
    @inline(__always)
    func forEachRun(_ lengths: UInt64, bits: UInt64, _ body: (UInt32) -> Void) {
        let longest = 63 - lengths.leadingZeroBitCount
        bytes.withUnsafeBufferPointer { bytes in
            for start in bytes.indices {
                var hash = Self.basis ^ 3
                for length in 1...min(longest, bytes.count - start) {
                    hash = (hash ^ UInt64(bytes[start + length - 1])) &* Self.prime
                    if lengths >> UInt64(length) & 1 != 0 { body(Self.bucket(hash, bits)) }
                }
            }
        }
    }

    private mutating func normalise() {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(0x20)
        var (last, secondLast) = (UInt8(0x20), UInt8(0))
        for byte in preparation.bytes {
            let byte = byte <= 0x20 ? 0x20 : UTF8Text.lower(byte)
            if byte == last, byte == 0x20 || byte == secondLast { continue }
            bytes.append(byte)
            (secondLast, last) = (last, byte)
        }
        if last != 0x20 { bytes.append(0x20) }
    }

    private mutating func findTokens() {
        tokens.removeAll(keepingCapacity: true)
        var start = 0
        while start < bytes.count {
            guard bytes[start] != 0x20 else {
                start += 1
                continue
            }
            let isWord = Self.isWord[Int(bytes[start])]
            var end = start + 1
            while end < bytes.count, bytes[end] != 0x20, Self.isWord[Int(bytes[end])] == isWord { end += 1 }
            tokens.append(start..<end)
            start = end
        }
    }

    @inline(__always)
    private static func hash(_ start: UInt64, _ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64 {
        var hash = start
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
        return hash
    }

    @inline(__always)
    private static func bucket(_ hash: UInt64, _ bits: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: ((hash ^ hash >> 32) &* golden) >> (64 - bits))
    }
}
