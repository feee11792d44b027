import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("sentiment")
struct SentimentTests {
    private static let names = [
        "sentiment_score", "sentiment_label", "sentiment_positive", "sentiment_neutral", "sentiment_negative",
        "sentiment_confidence",
    ]

    @Test("adds score, label and shares of each text behind the columns that are there")
    func scores() throws {
        let planned = try plan(texts)
        #expect(planned.output.schema == Schema(texts + Self.fields(isNullable: false)))
        let batch = try run(planned, Self.batch(texts, ["The food is good", "table", "This is bad!!", ""]))
        #expect(batch.schema == planned.output.schema)
        #expect(doubles(batch, "sentiment_score") == [0.4404, 0, -0.6229, 0])
        #expect(strings(batch, "sentiment_label") == ["positive", "neutral", "negative", "neutral"])
        #expect(doubles(batch, "sentiment_positive") == [0.492, 0, 0, 0])
        #expect(doubles(batch, "sentiment_neutral") == [0.508, 1, 0.329, 0])
        #expect(doubles(batch, "sentiment_negative") == [0, 0, 0.671, 0])
        #expect(batch.columns.allSatisfy { $0.validity == nil })
    }

    @Test("a row without a text has no sentiment")
    func missingText() throws {
        let fields = [Field("text", .string, isNullable: true)]
        let planned = try plan(fields)
        #expect(planned.output.schema == Schema(fields + Self.fields(isNullable: true)))
        let batch = try run(planned, Self.batch(fields, ["good", nil, "bad"]))
        #expect(doubles(batch, "sentiment_score") == [0.4404, nil, -0.5423])
        for name in Self.names {
            let column = batch.columns[try #require(batch.schema.index(of: name))]
            #expect((0..<3).map(column.isValid) == [true, false, true])
        }
    }

    @Test("rows that a filter has hidden stay hidden and are not counted")
    func selection() throws {
        let whole = Self.batch(texts, ["good", "bad", "good", "bad", "bad"])
        let batch = try run(try plan(texts), whole.selecting(SelectionVector([1, 2])))
        #expect(batch.rowCount == 5)
        #expect(doubles(batch.compacted(), "sentiment_score") == [-0.5423, 0.4404])
    }

    @Test("the text may lie within a struct")
    func nestedText() throws {
        let fields = [Field("post", .struct(texts), isNullable: true)]
        let planned = try plan(fields, text: "post.text")
        let builder = ColumnBuilder(fields[0].type)
        builder.members[0].append("good")
        builder.appendStruct()
        builder.appendNull()
        let batch = try run(planned, RecordBatch(schema: Schema(fields), columns: [builder.finish()], rowCount: 2))
        #expect(doubles(batch, "sentiment_score") == [0.4404, nil])
    }

    @Test("asks for the text, and for nothing that it adds itself")
    func inputPaths() throws {
        let planned = try plan(texts)
        #expect(planned.inputPaths(["sentiment_score", "id"]) == [["text", "id"]])
        #expect(planned.inputPaths(nil) == [nil])
    }

    @Test("refuses a text that is no string, a missing column and a name that is taken")
    func faults() {
        #expect(codes([Field("text", .int64)]) == ["schema.type"])
        #expect(codes([Field("test", .string)]) == ["schema.column_missing"])
        #expect(codes(texts + [Field("sentiment_label", .string)]) == ["schema.duplicate"])
    }

    @Test("how sure the lexicon is follows from its score")
    func confidence() throws {
        let batch = try run(try plan(texts), Self.batch(texts, ["The food is good", "table", "This is bad!!"]))
        #expect(doubles(batch, "sentiment_confidence") == [0.4404, 1, 0.6229])
    }

    // MARK: by hand

    private let texts = [Field("text", .string)]
    private let context = PlanContext(name: "scored", baseDirectory: "/") { _ throws(Fault) in
        StaticTable(columns: [], rows: [])
    }

    private static func fields(isNullable: Bool) -> [Field] {
        names.map { Field($0, $0 == "sentiment_label" ? .string : .float64, isNullable: isNullable) }
    }

    private static func batch(_ fields: [Field], _ texts: [String?]) -> RecordBatch {
        let builder = ColumnBuilder(.string)
        for text in texts {
            if let text { builder.append(text) } else { builder.appendNull() }
        }
        return RecordBatch(schema: Schema(fields), columns: [builder.finish()], rowCount: texts.count)
    }

    private func plan(_ fields: [Field], text: String = "text", _ faults: FaultCollector) -> PlannedOperator? {
        let settings = Settings(.object([("text", Settings(.string(text), path: ["text"]))]))
        let input = StreamShape(schema: Schema(fields), hasEventTime: false)
        return SentimentFactory().plan(settings, inputs: [input], context, faults)
    }

    private func plan(_ fields: [Field], text: String = "text") throws -> PlannedOperator {
        let faults = FaultCollector()
        let planned = plan(fields, text: text, faults)
        #expect(faults.isEmpty)
        return try #require(planned)
    }

    private func codes(_ fields: [Field]) -> [String] {
        let faults = FaultCollector()
        _ = plan(fields, faults)
        return faults.faults.map(\.fault.code)
    }

    /// What one frame becomes; it stays in its place of the lane, and each of its rows is counted once.
    private func run(_ planned: PlannedOperator, _ batch: RecordBatch) throws -> RecordBatch {
        guard case .local(let make) = planned.placement else {
            Issue.record("sentiment needs no exchange")
            return batch
        }
        let sentiment = try make(
            SubtaskContext(subtask: 0, subtasks: 1, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] }))
        let output = OperatorOutput(lane: Lane(node: 1, index: 0))
        let lane = Lane(node: 0, index: 3)
        try sentiment.process(Frame(batch: batch, lane: lane, sequence: 7, floor: .distantPast), output)
        #expect(output.ledger.passed == Int64(batch.selectedCount))
        let frames = output.takeFrames()
        #expect(frames.count == 1)
        let frame = try #require(frames.first)
        #expect(frame.lane == lane && frame.sequence == 7)
        return frame.batch
    }

    private func doubles(_ batch: RecordBatch, _ name: String) -> [Double?] {
        guard let column = batch.schema.index(of: name).flatMap({ batch.columns[$0].asFloat64 }) else { return [] }
        return (0..<batch.rowCount).map { column.isValid($0) ? column.values[$0] : nil }
    }

    private func strings(_ batch: RecordBatch, _ name: String) -> [String?] {
        guard let column = batch.schema.index(of: name).flatMap({ batch.columns[$0].asBytes }) else { return [] }
        return (0..<batch.rowCount).map { column.isValid($0) ? column.string($0) : nil }
    }
}
