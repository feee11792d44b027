import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// Gives each row its group. It sees the rows of all subtasks, and takes the frames of a lane in their order.
final class SimilarOperator: Operator {
    private let textPath: String
    private let idPath: String
    private let added: [Field]
    private let groups: SimilarGroups
    private var sketch = TextSketch()
    private var sequencer = LaneSequencer<Frame>()

    init(text: String, id: String, added: [Field], _ groups: SimilarGroups) {
        textPath = text
        idPath = id
        self.added = added
        self.groups = groups
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        output.ledger.held += Int64(frame.batch.selectedCount)
        for ready in sequencer.insert(frame, lane: frame.lane, sequence: frame.sequence) {
            output.ledger.held -= Int64(ready.batch.selectedCount)
            output.ledger.passed += Int64(ready.batch.selectedCount)
            output.emit(ready.with(try grouped(ready)))
        }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        groups.advance(to: watermark)
    }

    var state: (any OperatorState)? { groups }
    var memoryFootprint: Int { groups.memoryFootprint }

    private func grouped(_ frame: Frame) throws(Fault) -> RecordBatch {
        let batch = frame.batch
        guard let textPath = batch.schema.resolve(textPath), let texts = batch.column(at: textPath).asBytes,
            let idPath = batch.schema.resolve(idPath), let times = batch.eventTimes
        else { throw Fault("similar.column", "a column of `similar` is not in the stream", domain: .internal) }
        let ids = batch.column(at: idPath)
        let group = ColumnBuilder(added[0].type, capacity: batch.rowCount)
        let count = ColumnBuilder(.int64, capacity: batch.rowCount)
        func skip(to row: Int) {
            while count.count < row {
                group.appendNull()
                count.appendNull()
            }
        }
        batch.forEachRow { row in
            skip(to: row)
            // Posts of nothing but a picture are no copies of each other.
            guard texts.isValid(row), texts[row].contains(where: { $0 > 0x20 }) else { return }
            sketch.sketch(texts[row])
            let place = groups.place(sketch, at: times.values[row], floor: frame.floor) { Self.identifier(ids, row) }
            switch place.id {
            case .number(let number): group.append(number)
            case .text(let bytes): group.append(bytes)
            case .none: return
            }
            count.append(place.count)
        }
        skip(to: batch.rowCount)
        return batch.replacing(
            schema: Schema(batch.schema.fields + added), columns: batch.columns + [group.finish(), count.finish()])
    }

    private static func identifier(_ ids: Column, _ row: Int) -> PostID {
        guard ids.isValid(row) else { return .none }
        if let numbers = ids.asInt64 { return .number(numbers.values[row]) }
        return ids.asBytes.map { .text(Array($0[row])) } ?? .none
    }
}

/// What names a post.
enum PostID: Hashable, Sendable {
    case number(Int64)
    case text([UInt8])
    /// The post has no id.
    case none

    /// What a text takes on the heap: a header of 32 bytes, and pieces of 16.
    var textMemory: Int {
        if case .text(let bytes) = self { return 32 + (bytes.count + 15) / 16 * 16 }
        return 0
    }
}
