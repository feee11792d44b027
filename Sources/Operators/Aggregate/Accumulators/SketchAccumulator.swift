import Columnar
import Detection

/// What accumulators share that keep a sketch for each group: it travels as bytes in one column.
class SketchAccumulator<Summary: Sketch>: Accumulator {
    /// One for each group.
    final var sketches: [Summary] = []
    private let empty: Summary

    /// Every group begins with a copy of `empty`.
    init(_ empty: Summary) {
        self.empty = empty
    }

    final override func resize(_ count: Int) {
        while sketches.count < count { sketches.append(empty) }
    }

    final override func clear(_ group: Int) { sketches[group] = empty }

    final override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? SketchAccumulator<Summary> else { return }
        for index in groups.indices { sketches[Int(groups[index])].merge(other.sketches[Int(sources[index])]) }
    }

    final override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(sketches[group].serialized())
    }

    final override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asBytes else { return }
        for index in groups.indices {
            guard let sketch = try? Summary(serialized: Array(states[index])) else { continue }
            sketches[Int(groups[index])].merge(sketch)
        }
    }

    final override var memoryFootprint: Int {
        sketches.reduce(sketches.capacity * MemoryLayout<Summary>.stride) { $0 + $1.memoryFootprint }
    }
}
