import Dataflow

/// A key that has passed: its hash, and when its row happened.
struct SeenKey: BitwiseCopyable {
    /// 64 bits of the hash, those that decide who owns the key; never zero, which marks a free slot.
    var hash: UInt64
    /// As many bits more as the horizon affords.
    var check: UInt32
    /// In the horizon's ticks from the start of the bucket.
    var offset: UInt32

    init(hash: UInt64, check: UInt32, offset: UInt32) {
        self.hash = hash
        self.check = check
        self.offset = offset
    }

    /// The bits of a check that are kept, where they are so many.
    static func checkMask(bits: Int) -> UInt32 { UInt32(truncatingIfNeeded: 1 << UInt64(bits) - 1) }

    /// The key that a question asks for.
    /// - Parameter checkMask: the bits of the check that are kept.
    init(_ question: KeyQuestion, checkMask: UInt32) {
        hash = question.high == 0 ? 1 : question.high
        check = UInt32(truncatingIfNeeded: question.low) & checkMask
        offset = 0
    }
}

extension UnsafeMutableBufferPointer<SeenKey> {
    /// Sorts by hash, in place: hashes are spread evenly, so a byte at a time parts them well.
    ///
    /// American flag sort: McIlroy, Bostic, McIlroy, "Engineering Radix Sort", 1993.
    func sortByHash() { sortByHash(shift: 56) }

    private func sortByHash(shift: UInt64) {
        guard count > 48 else { return insertionSort() }
        func digit(_ key: SeenKey) -> Int { Int(truncatingIfNeeded: (key.hash >> shift) & 255) }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 514) { memory in
            // Where each digit's part ends, and where its next key goes.
            let (ends, next) = (memory.baseAddress.unsafelyUnwrapped, memory.baseAddress.unsafelyUnwrapped + 257)
            ends.initialize(repeating: 0, count: 257)
            for key in self { ends[digit(key)] += 1 }
            var sum = 0
            for value in 0..<256 {
                next.advanced(by: value).initialize(to: sum)
                sum += ends[value]
                ends[value] = sum
            }
            for value in 0..<256 {
                while next[value] < ends[value] {
                    var key = self[next[value]]
                    while digit(key) != value {
                        let target = next[digit(key)]
                        next[digit(key)] += 1
                        swap(&key, &self[target])
                    }
                    self[next[value]] = key
                    next[value] += 1
                }
            }
            guard shift > 0 else { return }
            var start = 0
            for value in 0..<256 where ends[value] > start {
                UnsafeMutableBufferPointer(rebasing: self[start..<ends[value]]).sortByHash(shift: shift - 8)
                start = ends[value]
            }
        }
    }

    private func insertionSort() {
        for index in indices.dropFirst() {
            let key = self[index]
            var hole = index
            while hole > 0 && self[hole - 1].hash > key.hash {
                self[hole] = self[hole - 1]
                hole -= 1
            }
            self[hole] = key
        }
    }
}
