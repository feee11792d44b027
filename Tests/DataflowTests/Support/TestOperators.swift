import Columnar
import Primitives
import Synchronization

@testable import Dataflow

final class PassOperator: Operator {
    func process(_ frame: Frame, _ output: OperatorOutput) {
        output.ledger.passed += Int64(frame.batch.selectedCount)
        output.emit(frame)
    }
}

/// Keeps the rows for which a rule holds.
final class SieveOperator: Operator {
    private let keeps: @Sendable (Post) -> Bool

    init(_ keeps: @escaping @Sendable (Post) -> Bool) {
        self.keeps = keeps
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let posts = Post.read(frame.batch)
        var kept = SelectionBuilder(capacity: posts.count)
        var index = 0
        frame.batch.forEachRow { row in
            if keeps(posts[index]) { kept.append(row) }
            index += 1
        }
        let selection = kept.finish()
        output.ledger.passed += Int64(selection.count)
        output.ledger.filtered += Int64(posts.count - selection.count)
        output.emit(frame.with(frame.batch.filtered(selection)))
    }
}

/// Refuses every third row as a dead letter, and puts every fifth aside as late.
final class RefusingOperator: Operator {
    func process(_ frame: Frame, _ output: OperatorOutput) {
        let posts = Post.read(frame.batch)
        func letters(_ posts: [Post], _ code: String) -> [DeadLetter] {
            posts.map { DeadLetter(code: code, reason: "", origin: "", partition: 0, offset: $0.id, bytes: nil) }
        }
        output.emitDeadLetters(letters(posts.filter { $0.id % 3 == 0 }, "test.refused"))
        output.emitLate(letters(posts.filter { $0.id % 3 != 0 && $0.id % 5 == 0 }, "late"))
        let kept = posts.filter { $0.id % 3 != 0 && $0.id % 5 != 0 }
        output.ledger.passed += Int64(kept.count)
        output.emit(frame.with(Post.batch(kept)))
    }
}

final class FailingOperator: Operator {
    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        if Post.read(frame.batch).contains(where: { $0.id == 50 }) { throw Fault("test.operator", "it fails") }
        output.ledger.passed += Int64(frame.batch.selectedCount)
        output.emit(frame)
    }
}

/// Notes what passes by, in one subtask or in all.
final class Trace: Sendable {
    enum Event: Sendable, Equatable {
        case frame(floor: EventTime, ids: [Int64])
        case watermark(EventTime)
    }

    private let events = Mutex<[Int: [Event]]>([:])

    func events(of subtask: Int = 0) -> [Event] { events.withLock { $0[subtask] ?? [] } }
    var all: [(subtask: Int, event: Event)] {
        events.withLock { $0.sorted { $0.key < $1.key }.flatMap { entry in entry.value.map { (entry.key, $0) } } }
    }

    fileprivate func note(_ event: Event, subtask: Int) {
        events.withLock { $0[subtask, default: []].append(event) }
    }

    /// An operator that passes everything on and notes it here.
    @Sendable func make(_ context: SubtaskContext) -> any Operator { TracingOperator(self, context.subtask) }
}

private final class TracingOperator: Operator {
    private let trace: Trace
    private let subtask: Int

    init(_ trace: Trace, _ subtask: Int) {
        self.trace = trace
        self.subtask = subtask
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        trace.note(.frame(floor: frame.floor, ids: Post.read(frame.batch).map(\.id)), subtask: subtask)
        output.ledger.passed += Int64(frame.batch.selectedCount)
        output.emit(frame)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        trace.note(.watermark(watermark), subtask: subtask)
    }
}

/// Lets the first row of each key pass, for ever.
struct FirstOfKey: JudgingFactory {
    func makeAsker(_ context: SubtaskContext) -> any Asker { KeyAsker() }
    func makeJudge(_ context: SubtaskContext) -> any Judge { FirstJudge() }

    private final class KeyAsker: Asker {
        func questions(_ frame: Frame) -> [KeyQuestion] {
            Post.read(frame.batch).map { post in
                var key = post.key
                let hash = key.withUTF8 { Hashing.hash128(UnsafeRawBufferPointer($0)) }
                return KeyQuestion(low: hash.low, high: hash.high, time: post.time)
            }
        }
    }

    private final class FirstJudge: Judge {
        private var seen: Set<UInt64> = []
        func judge(_ questions: [KeyQuestion], floor: EventTime) -> [Bool] {
            questions.map { seen.insert($0.high).inserted }
        }
        func advance(to watermark: EventTime) {}
        var memoryFootprint: Int { seen.count }
    }
}

/// Counts the rows of each key; gives `(count, key)` at the end or when the run stops.
struct CountByKey: FoldingFactory {
    var partialSchema: Schema { Schema([Field("hash", .int64), Field("key", .string), Field("count", .int64)]) }

    func makeWhole(_ context: SubtaskContext) -> any Operator { Counter(.whole) }
    func makeFold(_ context: SubtaskContext) -> any Operator { Counter(.fold) }
    func makeMerge(_ context: SubtaskContext) -> any Operator { Counter(.merge) }

    private enum Half {
        case whole, fold, merge
    }

    private final class Counter: Operator, OperatorState {
        private let half: Half
        private var counts: [String: Int64] = [:]
        private var changed: Set<String> = []

        init(_ half: Half) {
            self.half = half
        }

        func process(_ frame: Frame, _ output: OperatorOutput) {
            if half == .merge {
                guard let keys = frame.batch.columns[1].asBytes, let more = frame.batch.columns[2].asInt64 else {
                    return
                }
                frame.batch.forEachRow { add(more.values[$0], to: keys.string($0)) }
                return
            }
            for post in Post.read(frame.batch) { add(1, to: post.key) }
            output.ledger.folded += Int64(frame.batch.selectedCount)
        }

        func advance(to watermark: EventTime, _ output: OperatorOutput) {
            if watermark == .distantFuture { flush(output) }
        }

        func stop(_ output: OperatorOutput) { flush(output) }

        func drain(_ output: OperatorOutput) {
            if half == .fold { flush(output) }
        }

        private func add(_ count: Int64, to key: String) {
            counts[key, default: 0] += count
            changed.insert(key)
        }

        var state: (any OperatorState)? { half == .fold ? nil : self }
        var tables: [StateTable] { [StateTable("counts", CountByKey().partialSchema)] }

        func capture(whole: Bool) -> [StateChange] {
            let keys = whole ? Set(counts.keys) : changed
            changed = []
            guard !keys.isEmpty else { return [] }
            let rows = CountByKey.rows(keys.sorted().map { ($0, counts[$0] ?? 0) })
            return [.add(StateRows(table: "counts", bucket: StateRows.notInTime, rows: rows))]
        }

        func restore(_ rows: StateRows) {
            guard let keys = rows.rows.columns[1].asBytes, let more = rows.rows.columns[2].asInt64 else { return }
            for row in 0..<rows.rows.rowCount where counts[keys.string(row)] == nil {
                counts[keys.string(row)] = more.values[row]
            }
        }

        func resume(at watermark: EventTime) {}

        /// Not true, but told apart.
        var memoryFootprint: Int { half == .fold ? 1_000 : 10 }

        private func flush(_ output: OperatorOutput) {
            let sorted = counts.sorted { $0.key < $1.key }
            counts = [:]
            guard half == .fold else {
                output.emitMade(
                    Post.batch(sorted.map { Post(id: $0.value, key: $0.key, time: 0) }), floor: .distantPast)
                return
            }
            if !sorted.isEmpty { output.emitPartial(CountByKey.rows(sorted.map { ($0.key, $0.value) })) }
        }
    }

    private static func rows(_ counts: [(key: String, count: Int64)]) -> RecordBatch {
        let schema = CountByKey().partialSchema
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for (key, count) in counts {
            builders[0].append(Int64(bitPattern: Hashing.hash64(key)))
            builders[1].append(key)
            builders[2].append(count)
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: counts.count)
    }
}
