import Primitives

/// Everything that happens in a simulation, as one hash: two runs of a seed must give the same.
final class Trace {
    private(set) var hash: UInt64 = 0
    private(set) var count = 0
    private let isPrinted: Bool

    /// - Parameter isPrinted: whether every entry is also written to standard output.
    init(isPrinted: Bool) {
        self.isPrinted = isPrinted
    }

    func note(_ what: StaticString, _ first: Int64 = 0, _ second: Int64 = 0) {
        count += 1
        let name = UnsafeRawBufferPointer(start: what.utf8Start, count: what.utf8CodeUnitCount)
        let numbers = UInt64(bitPattern: first) ^ Hashing.mix(UInt64(bitPattern: second))
        hash = Hashing.mix(hash ^ Hashing.hash64(name, seed: numbers))
        if isPrinted { print("\(count): \(what) \(first) \(second)") }
    }
}
