import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// `sentiment`: adds how positive or negative a text is.
struct SentimentFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "sentiment",
        summary: "Adds how positive or negative a text is.",
        doc: "Adds `sentiment_score` (-1 to 1), `sentiment_label` (`positive` from 0.05 on, `negative` from -0.05 "
            + "down, else `neutral`) and the shares `sentiment_positive`, `sentiment_neutral` and `sentiment_negative` "
            + "(0 to 1). The model `lexicon` is VADER (Hutto and Gilbert 2014), made for English posts: its scores equal those "
            + "of vaderSentiment 3.3.2. A row without a text has none of the five.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The text, a string column.", example: "text"),
            FieldSpec("model", .choice(["lexicon"]), default: "lexicon", doc: "What scores: a lexicon with rules."),
        ]),
        example: "scored: { from: mentions, sentiment: { text: text } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let text = settings["text"], let path = faults.column(text, input.schema) else { return nil }
        if path.field.type != .string {
            faults.report(
                Fault(
                    "schema.type", "column `\(path.field.name)` is \(path.field.type), not a string",
                    hint: "sentiment reads a string column"),
                at: text.path)
        }
        let added = SentimentColumns.fields(isNullable: path.field.isNullable)
        for field in added where input.schema.index(of: field.name) != nil {
            faults.report(
                Fault(
                    "schema.duplicate", "there is a column `\(field.name)` already",
                    hint: "rename or drop it with `select` first"),
                at: settings.path)
        }
        let names = Set(added.map(\.name))
        let kept = input.schema.fields.filter { !names.contains($0.name) }
        let column = path.field.name
        return PlannedOperator(
            output: StreamShape(
                schema: Schema(kept + added), hasEventTime: input.hasEventTime, key: input.key,
                isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(names).union([column]) }] },
            placement: .local { _ in SentimentOperator(column, added) },
            facts: ["of \(column), by lexicon and rules (VADER)"])
    }
}

private final class SentimentOperator: Operator {
    private let textPath: String
    private let added: [Field]
    private let analyzer = VaderAnalyzer()
    private var scratch = VaderScratch()

    init(_ textPath: String, _ added: [Field]) {
        self.textPath = textPath
        self.added = added
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        let batch = frame.batch
        guard let path = batch.schema.resolve(textPath), let texts = batch.column(at: path).asBytes else {
            throw Fault("sentiment.column", "column `\(textPath)` is not in the stream", domain: .internal)
        }
        let columns = SentimentColumns(capacity: batch.rowCount)
        batch.forEachRow { row in
            columns.skip(to: row)
            if texts.isValid(row) {
                columns.append(analyzer.score(texts[row], &scratch))
            } else {
                columns.appendNull()
            }
        }
        columns.skip(to: batch.rowCount)
        output.ledger.passed += Int64(batch.selectedCount)
        let schema = Schema(batch.schema.fields + added)
        output.emit(frame.with(batch.replacing(schema: schema, columns: batch.columns + columns.finish())))
    }

    var memoryFootprint: Int { scratch.memoryFootprint }
}

/// The five columns that `sentiment` adds, on their way.
private final class SentimentColumns {
    private let score: ColumnBuilder
    private let label: ColumnBuilder
    private let positive: ColumnBuilder
    private let neutral: ColumnBuilder
    private let negative: ColumnBuilder

    init(capacity: Int) {
        score = ColumnBuilder(.float64, capacity: capacity)
        label = ColumnBuilder(.string, capacity: capacity)
        positive = ColumnBuilder(.float64, capacity: capacity)
        neutral = ColumnBuilder(.float64, capacity: capacity)
        negative = ColumnBuilder(.float64, capacity: capacity)
    }

    static func fields(isNullable: Bool) -> [Field] {
        [
            Field("sentiment_score", .float64, isNullable: isNullable),
            Field("sentiment_label", .string, isNullable: isNullable),
            Field("sentiment_positive", .float64, isNullable: isNullable),
            Field("sentiment_neutral", .float64, isNullable: isNullable),
            Field("sentiment_negative", .float64, isNullable: isNullable),
        ]
    }

    func append(_ scores: VaderScores) {
        score.append(scores.compound)
        append(label: Self.label(scores.compound))
        positive.append(scores.positive)
        neutral.append(scores.neutral)
        negative.append(scores.negative)
    }

    func appendNull() {
        for column in all { column.appendNull() }
    }

    /// Fills up to a row: the rows between are not selected, so what they hold is never read.
    func skip(to row: Int) {
        while score.count < row {
            for column in [score, positive, neutral, negative] { column.append(0.0) }
            append(label: "")
        }
    }

    /// The columns, in the order of `fields`.
    func finish() -> [Column] { all.map { $0.finish() } }

    private var all: [ColumnBuilder] { [score, label, positive, neutral, negative] }

    private func append(label text: StaticString) {
        label.append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The thresholds are those that VADER's authors recommend.
    private static func label(_ compound: Double) -> StaticString {
        compound >= 0.05 ? "positive" : compound <= -0.05 ? "negative" : "neutral"
    }
}
