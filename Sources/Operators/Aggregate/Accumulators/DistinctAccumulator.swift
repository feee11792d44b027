import Columnar
import Detection
import Primitives

/// `count_distinct`: a HyperLogLog of the hashes of values; null rows are left out.
final class DistinctAccumulator: Accumulator {
    private var sketches: [HyperLogLog] = []

    override func resize(_ count: Int) {
        while sketches.count < count { sketches.append(HyperLogLog()) }
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard let input else { return }
        var encoder = RowKeyEncoder([input])
        defer { encoder.deallocate() }
        for index in rows.indices {
            let row = Int(rows[index])
            guard input.isValid(row) else { continue }
            sketches[Int(groups[index])].insert(hash: Hashing.hash64(encoder.encode(row)))
        }
    }

    override func merge(_ other: Accumulator, _ groups: [UInt32]) {
        guard let other = other as? DistinctAccumulator else { return }
        for index in groups.indices { sketches[Int(groups[index])].merge(other.sketches[index]) }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(sketches[group].serialized())
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asBytes else { return }
        for index in groups.indices {
            guard let sketch = try? HyperLogLog(serialized: Array(states[index])) else { continue }
            sketches[Int(groups[index])].merge(sketch)
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        builder.append(sketches[group].estimate())
    }

    override var memoryFootprint: Int {
        sketches.reduce(sketches.capacity * MemoryLayout<HyperLogLog>.stride) { $0 + $1.memoryFootprint }
    }
}
