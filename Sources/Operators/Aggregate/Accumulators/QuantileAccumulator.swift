import Columnar
import Detection

/// `quantile`: a DDSketch of the values; null rows, NaN and infinities are left out.
final class QuantileAccumulator: Accumulator {
    private let quantile: Double
    private var sketches: [DDSketch] = []

    init(_ quantile: Double) {
        self.quantile = quantile
    }

    override func resize(_ count: Int) {
        while sketches.count < count { sketches.append(DDSketch()) }
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        if let values = input?.asInt64 {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                _ = sketches[Int(groups[index])].insert(Double(values.values[Int(rows[index])]))
            }
        } else if let values = input?.asFloat64 {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                _ = sketches[Int(groups[index])].insert(values.values[Int(rows[index])])
            }
        }
    }

    override func merge(_ other: Accumulator, _ groups: [UInt32]) {
        guard let other = other as? QuantileAccumulator else { return }
        for index in groups.indices { sketches[Int(groups[index])].merge(other.sketches[index]) }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(sketches[group].serialized())
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asBytes else { return }
        for index in groups.indices {
            guard let sketch = try? DDSketch(serialized: Array(states[index])) else { continue }
            sketches[Int(groups[index])].merge(sketch)
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        if let value = sketches[group].quantile(quantile) { builder.append(value) } else { builder.appendNull() }
    }

    override var memoryFootprint: Int {
        sketches.reduce(sketches.capacity * MemoryLayout<DDSketch>.stride) { $0 + $1.memoryFootprint }
    }
}
