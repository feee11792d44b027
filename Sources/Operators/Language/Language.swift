import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// `language`: which language a text is in.
struct LanguageFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "language",
        summary: "Adds the language of a text.",
        doc:
            "Adds `language` (ISO 639-1) and `language_confidence` (0 to 1). The model that ships knows Arabic, English, "
            + "French, German, Hindi in Latin letters, Italian, Portuguese and Spanish, as posts are written; a text "
            + "most of whose letters are of another script is `und`, with the confidence 0. A row without a text, or "
            + "whose text has no letter, has none of the two.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The text, a string column.", example: "text"),
            FieldSpec(
                "model", .string, default: "language",
                doc: "`language`, or the path of a folder with a linear model over the features `hashed-1`."),
        ]),
        example: "spoken: { from: mentions, language: { text: text } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let text = settings["text"],
            let path = faults.stringColumn(text, input.schema, hint: "language reads a string column")
        else { return nil }
        let name = settings["model"]?.string ?? "language"
        let model: LinearModel
        do throws(Fault) {
            model = try ModelPlace.linear(ModelPlace.folder(name, names: ["language"], context), context)
            guard !model.readsLexicon else {
                throw Fault("model.heads", "the model reads a lexicon, and is none for languages")
            }
        } catch {
            faults.report(error, at: settings["model"]?.path ?? settings.path)
            return nil
        }
        let added = [
            Field("language", .string, isNullable: true), Field("language_confidence", .float64, isNullable: true),
        ]
        faults.refuseTaken(added.map(\.name), input.schema, at: settings.path)
        guard faults.isEmpty else { return nil }
        let names = Set(added.map(\.name))
        let column = path.field.name
        return PlannedOperator(
            output: StreamShape(
                schema: Schema(input.schema.fields + added), hasEventTime: input.hasEventTime, key: input.key,
                isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(names).union([column]) }] },
            placement: .local { _ in LanguageOperator(column, added, model) },
            facts: ["of \(column), one of \(model.labels.joined(separator: ", "))"])
    }
}

private final class LanguageOperator: Operator {
    private let textPath: String
    private let added: [Field]
    private var scorer: LinearScorer
    private let labels: [[UInt8]]

    init(_ textPath: String, _ added: [Field], _ model: LinearModel) {
        self.textPath = textPath
        self.added = added
        scorer = LinearScorer(model)
        labels = model.labels.map { Array($0.utf8) }
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        let batch = frame.batch
        guard let path = batch.schema.resolve(textPath), let texts = batch.column(at: path).asBytes else {
            throw Fault("language.column", "column `\(textPath)` is not in the stream", domain: .internal)
        }
        let language = ColumnBuilder(.string, capacity: batch.rowCount)
        let confidence = ColumnBuilder(.float64, capacity: batch.rowCount)
        func skip(to row: Int) {
            while confidence.count < row {
                language.appendNull()
                confidence.appendNull()
            }
        }
        batch.forEachRow { row in
            skip(to: row)
            guard texts.isValid(row) else { return }
            switch TextScript(texts[row]) {
            case .none: break
            case .other:
                language.append("und")
                confidence.append(0.0)
            case .known:
                scorer.score(texts[row])
                language.append(labels[scorer.best])
                confidence.append(Double(scorer.shares[scorer.best]))
            }
        }
        skip(to: batch.rowCount)
        output.ledger.passed += Int64(batch.selectedCount)
        output.emit(
            frame.with(
                batch.replacing(
                    schema: Schema(batch.schema.fields + added),
                    columns: batch.columns + [language.finish(), confidence.finish()])))
    }

    var memoryFootprint: Int { scorer.model.memoryFootprint }
}
