import Testing

@testable import Primitives

@Suite("A table of keys")
struct KeyTableTests {
    /// Inserts keys of random lengths, many of them again and again, under hashes by a rule.
    private func check(keys: Int, seed: UInt64, hash: (UnsafeRawBufferPointer) -> UInt64) {
        var random = RandomSource(seed: seed)
        let known = (0..<keys).map { number -> [UInt8] in
            (0..<random.below(40)).map { _ in UInt8(random.below(4)) } + withUnsafeBytes(of: number) { Array($0) }
        }
        var table = KeyTable()
        var numbers: [[UInt8]: Int] = [:]
        for _ in 0..<3 * keys {
            let key = known[random.below(keys)]
            key.withUnsafeBytes { bytes in
                let found = table.find(bytes, hash: hash(bytes))
                let (number, isNew) = table.insert(bytes, hash: hash(bytes))
                #expect(found == numbers[key])
                #expect(number == numbers[key] ?? numbers.count)
                #expect(isNew == (numbers[key] == nil))
                numbers[key] = number
            }
        }
        #expect(table.count == numbers.count)
        for (key, number) in numbers {
            #expect(Array(table.key(number)) == key)
            #expect(key.withUnsafeBytes { table.hash(number) == hash($0) })
        }
    }

    @Test("numbers keys in the order of arrival, and finds each under its number while it grows", arguments: 0..<3)
    func numbers(seed: UInt64) {
        check(keys: 5_000, seed: seed) { Hashing.hash64($0) }
    }

    @Test(
        "tells keys apart whose hashes have bits in common, or all",
        arguments: [UInt64.zero, 0xFFFF_FFFF, 0xFF00_0000_0000_0000, 0x00FF_FFFF_FF00_0000, .max])
    func collisions(mask: UInt64) {
        check(keys: 300, seed: 7) { Hashing.hash64($0) & mask }
        check(keys: 300, seed: 8) { Hashing.hash64($0) | mask }
    }
}
