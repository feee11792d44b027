import Primitives

extension MicroBenchmark {
    /// Keys of 8 bytes into the table of groups: half of them new, half of them known.
    static let hashTable = MicroBenchmark(name: "hash table", unit: "keys") { mentions, _ throws(Fault) in
        let count = mentions.count
        var random = RandomSource(seed: 7)
        let keys = (0..<count / 2).map { _ in random.next() }
        var found = 0
        return Trial(
            count: keys.count * 2,
            run: { () throws(Fault) in
                var table = KeyTable()
                for _ in 0..<2 {
                    for key in keys {
                        withUnsafeBytes(of: key) { bytes in
                            _ = table.insert(bytes, hash: Hashing.hash64(bytes))
                        }
                    }
                }
                found = table.count
            },
            mistake: { Trial.expect("keys", found, Set(keys).count) })
    }
}
