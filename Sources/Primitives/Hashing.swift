import CXXHash

/// Hash functions whose results may be stored: they never change between versions, machines or runs.
@usableFromInline
package enum Hashing {
    /// XXH3, 64 bits, of a run of bytes.
    package static func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        martlet_xxh3_64(bytes.baseAddress, bytes.count, seed)
    }

    /// XXH3, 64 bits, of the UTF-8 of a text.
    package static func hash64(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var text = text
        return text.withUTF8 { hash64(UnsafeRawBufferPointer($0), seed: seed) }
    }

    /// A hash as 16 hexadecimal digits.
    package static func hexadecimal(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// XXH3, 128 bits, of a run of bytes: wide enough to stand for the bytes themselves.
    package static func hash128(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
        let hash = martlet_xxh3_128(bytes.baseAddress, bytes.count)
        return (hash.low64, hash.high64)
    }

    /// A bijection on 64 bits that spreads every input bit over the result: the finaliser of SplitMix64.
    @inlinable
    package static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
