import Columnar
import Detection
import Primitives

/// `top_k`: the most frequent values by SpaceSaving, each with its count and by how much that may be too high; null
/// rows are left out.
final class TopAccumulator: Accumulator {
    private let count: Int
    private var sketches: [SpaceSaving] = []

    init(_ count: Int) {
        self.count = count
    }

    /// Counters for a top of `count`: what the sketch may overcount shrinks with each more.
    static func capacity(_ count: Int) -> Int { max(64, count * 8) }

    override func resize(_ count: Int) {
        while sketches.count < count { sketches.append(SpaceSaving(capacity: Self.capacity(self.count))) }
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        if let values = input?.asBytes {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                insert(values[Int(rows[index])], Int(groups[index]))
            }
        } else if let values = input?.asInt64 {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                var text = String(values.values[Int(rows[index])])
                text.withUTF8 { insert($0, Int(groups[index])) }
            }
        }
    }

    override func merge(_ other: Accumulator, _ groups: [UInt32]) {
        guard let other = other as? TopAccumulator else { return }
        for index in groups.indices { sketches[Int(groups[index])].merge(other.sketches[index]) }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(sketches[group].serialized())
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asBytes else { return }
        for index in groups.indices {
            guard let sketch = try? SpaceSaving(serialized: Array(states[index])) else { continue }
            sketches[Int(groups[index])].merge(sketch)
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        if let elements = builder.elements {
            for entry in sketches[group].top(count) {
                elements.members[0].append(entry.item)
                elements.members[1].append(entry.count)
                elements.members[2].append(entry.error)
                elements.appendStruct()
            }
        }
        builder.appendList()
    }

    override var memoryFootprint: Int {
        sketches.reduce(sketches.capacity * MemoryLayout<SpaceSaving>.stride) { $0 + $1.memoryFootprint }
    }

    private func insert(_ value: UnsafeBufferPointer<UInt8>, _ group: Int) {
        sketches[group].insert(bytes: value, hash: Hashing.hash64(UnsafeRawBufferPointer(value)), weight: 1)
    }
}
