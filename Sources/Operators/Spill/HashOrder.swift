/// The order of things by their hashes.
enum HashOrder {
    /// Numbers from zero up, those of the least hashes first.
    static func sorted(_ count: Int, _ hash: (Int) -> UInt64) -> [UInt32] {
        var keys = [SeenKey](unsafeUninitializedCapacity: count) { keys, filled in
            for index in 0..<count {
                keys.initializeElement(
                    at: index, to: SeenKey(hash: hash(index), check: 0, offset: UInt32(truncatingIfNeeded: index)))
            }
            filled = count
        }
        keys.withUnsafeMutableBufferPointer { $0.sortByHash() }
        return keys.map(\.offset)
    }
}
