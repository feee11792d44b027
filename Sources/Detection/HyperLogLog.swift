import Glibc
package import Primitives

/// Counts distinct values in fixed memory: exactly up to 1,024 of them, then by a HyperLogLog of 2^14 registers with a
/// standard error of 0.81 %.
///
/// Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm"
/// (2007); the estimator is Ertl's improved one ("New cardinality estimation algorithms for HyperLogLog sketches",
/// 2017), which needs no tables of bias. A sketch of few values keeps their hashes whole, eight bytes each, until they
/// would be larger than half of the 16,384 registers. The order of insertions and mergers never matters.
package struct HyperLogLog: Sketch, Sendable, Hashable {
    static let precision: UInt64 = 14
    static let registerCount = 1 << precision
    /// Ranks go from 1 to this.
    static let rankMax = Int(64 - precision) + 1
    /// Values that are counted exactly.
    static let exactMax = 1_024

    /// The hashes of few values, ascending; unused once `dense` is not empty.
    private var sparse: [UInt64] = []
    private var dense: [UInt8] = []

    package init() {}

    /// Takes a value by its 64-bit hash; every bit of the hash must be well mixed.
    package mutating func insert(hash: UInt64) {
        guard dense.isEmpty else { return raise(hash) }
        let position = lowerBound(hash)
        guard position == sparse.count || sparse[position] != hash else { return }
        guard sparse.count < Self.exactMax else {
            makeDense()
            return raise(hash)
        }
        sparse.insert(hash, at: position)
    }

    /// Takes everything that another sketch has counted.
    package mutating func merge(_ other: HyperLogLog) {
        if other.dense.isEmpty {
            for hash in other.sparse { insert(hash: hash) }
        } else {
            if dense.isEmpty { makeDense() }
            for index in dense.indices { dense[index] = max(dense[index], other.dense[index]) }
        }
    }

    /// The number of distinct values: exact for few, about for many.
    package func estimate() -> Int64 {
        guard !dense.isEmpty else { return Int64(sparse.count) }
        var counts = [Int](repeating: 0, count: Self.rankMax + 1)
        for rank in dense { counts[Int(rank)] += 1 }
        let registers = Double(Self.registerCount)
        var sum = registers * Self.tau(1 - Double(counts[Self.rankMax]) / registers)
        for rank in stride(from: Self.rankMax - 1, through: 1, by: -1) { sum = 0.5 * (sum + Double(counts[rank])) }
        sum += registers * Self.sigma(Double(counts[0]) / registers)
        guard sum.isFinite else { return 0 }
        // Full registers, which only damaged bytes can hold, stand for more than can be counted.
        return Int64(exactly: (registers * registers / (2 * log(2.0) * sum)).rounded()) ?? .max
    }

    /// Bytes of memory beyond the struct itself.
    package var memoryFootprint: Int { sparse.capacity * 8 + dense.capacity }

    private mutating func raise(_ hash: UInt64) {
        let index = Int(hash >> (64 - Self.precision))
        // The bit that ends the rest bounds the rank.
        let rest = hash << Self.precision | 1 << (Self.precision - 1)
        let rank = UInt8(truncatingIfNeeded: rest.leadingZeroBitCount + 1)
        if rank > dense[index] { dense[index] = rank }
    }

    private func lowerBound(_ hash: UInt64) -> Int {
        var low = 0
        var high = sparse.count
        while low < high {
            let middle = (low + high) / 2
            if sparse[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func makeDense() {
        dense = [UInt8](repeating: 0, count: Self.registerCount)
        for hash in sparse { raise(hash) }
        sparse = []
    }

    /// Ertl's σ: what the registers still at zero contribute.
    private static func sigma(_ share: Double) -> Double {
        guard share < 1 else { return .infinity }
        var (power, weight, sum, previous) = (share, 1.0, share, 0.0)
        repeat {
            power *= power
            previous = sum
            sum += power * weight
            weight += weight
        } while sum != previous
        return sum
    }

    /// Ertl's τ: what the registers at the highest rank contribute.
    private static func tau(_ share: Double) -> Double {
        guard share > 0, share < 1 else { return 0 }
        var (root, weight, sum, previous) = (share, 1.0, 1 - share, 0.0)
        repeat {
            root = root.squareRoot()
            previous = sum
            weight *= 0.5
            sum -= (1 - root) * (1 - root) * weight
        } while sum != previous
        return sum / 3
    }
}

extension HyperLogLog {
    package static let name = "HyperLogLog"
    package static let version: UInt8? = 2

    /// Form (0 sparse, 1 dense), then the hashes, eight bytes each, or the registers, one byte each.
    package func append(to writer: inout ByteWriter) {
        writer.append(UInt8(dense.isEmpty ? 0 : 1))
        for hash in sparse { writer.append(hash) }
        writer.append(dense)
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        switch try reader.read(UInt8.self) {
        case 0:
            while !reader.isAtEnd {
                let hash = try reader.read(UInt64.self)
                guard sparse.count < Self.exactMax, sparse.last.map({ $0 < hash }) ?? true else {
                    throw ByteReader.fault
                }
                sparse.append(hash)
            }
        case 1:
            dense = Array(try reader.read(Self.registerCount))
            guard dense.allSatisfy({ $0 <= Self.rankMax }) else { throw ByteReader.fault }
        default: throw ByteReader.fault
        }
    }
}
