import Columnar
import Detection
import Primitives

/// `top_k`: the most frequent values by SpaceSaving, each with its count and by how much that may be too high; null
/// rows are left out.
final class TopAccumulator: SketchAccumulator<SpaceSaving> {
    private let count: Int

    init(_ count: Int) {
        self.count = count
        super.init(SpaceSaving(capacity: Self.capacity(count)))
    }

    /// Counters for a top of `count`: what the sketch may overcount shrinks with each more.
    static func capacity(_ count: Int) -> Int { max(64, count * 8) }

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

    private func insert(_ value: UnsafeBufferPointer<UInt8>, _ group: Int) {
        sketches[group].insert(bytes: value, hash: Hashing.hash64(UnsafeRawBufferPointer(value)), weight: 1)
    }
}
