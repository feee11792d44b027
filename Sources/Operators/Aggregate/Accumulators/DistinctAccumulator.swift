import Columnar
import Detection
import Primitives

/// `count_distinct`: a HyperLogLog of the hashes of values; null rows are left out.
final class DistinctAccumulator: SketchAccumulator<HyperLogLog> {
    init() {
        super.init(HyperLogLog())
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

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        builder.append(sketches[group].estimate())
    }
}
