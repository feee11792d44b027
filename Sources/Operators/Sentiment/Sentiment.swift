import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// `sentiment`: adds how positive or negative a text is.
struct SentimentFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "sentiment",
        summary: "Adds how positive or negative a text is, and what it feels.",
        doc: "Adds `sentiment_score` (-1 to 1), `sentiment_label` (`positive`, `neutral` or `negative`), the shares "
            + "`sentiment_positive`, `sentiment_neutral` and `sentiment_negative` (0 to 1) and `sentiment_confidence` "
            + "(0 to 1, how sure the label is). The model `lexicon` is VADER (Hutto and Gilbert 2014), made for English "
            + "posts: its scores equal those of vaderSentiment 3.3.2, its label is `positive` from 0.05 on and "
            + "`negative` from -0.05 down, its shares are of the text's words. `fast` is a linear model over words, "
            + "runs of bytes and the lexicon. `transformer` is a small encoder trained on posts: the shares are its "
            + "probabilities, the score is positive less negative, the label the likeliest. `ensemble` is the weighted "
            + "mean of encoder and lexicon, for who wants the lexicon's say: it is right a little less often than "
            + "`transformer` alone. A model with a head for emotions adds `emotion` (the "
            + "likeliest), `emotion_confidence` and one column a label (`emotion_joy`), none of them where another "
            + "model has answered. A row without a text has nothing of all that. The ledger counts which model "
            + "answered, and how many texts an encoder had read before.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The text, a string column.", example: "text"),
            FieldSpec(
                "model", .string, default: "lexicon",
                doc: "What scores: `lexicon`, `fast`, `transformer`, `ensemble`, or the path of a folder with a "
                    + "classifier of the BERT family in the style of Hugging Face (config.json, model.safetensors, "
                    + "and vocab.txt or tokenizer.json). An encoder reads the beginning of a long text, the one that "
                    + "ships 96 pieces of words.", example: "ensemble"),
            FieldSpec(
                "weights",
                .object([
                    FieldSpec("transformer", .number(0...1), default: "0.7", doc: "The encoder's part."),
                    FieldSpec("lexicon", .number(0...1), default: "0.3", doc: "The lexicon's part."),
                ]), doc: "The parts of an `ensemble`, in proportion."),
            FieldSpec(
                "context", .choice(["general", "customer_service"]), default: "general",
                doc: "`customer_service`: the talk of support threads. In a text that states a problem (`not working`, "
                    + "`still waiting`, `refund`; not `no problem`) and no solution, politeness does not count (a "
                    + "score above 0 becomes 0 if the text thanks, asks or greets, else it is halved), and each "
                    + "different problem stated, up to three, costs 0.15. English."),
            FieldSpec(
                "budget", .integer(0...1_000_000_000),
                doc: "Texts a second of event time, of each partition, that the encoder may read; `fast` answers for "
                    + "the others, or the lexicon where there is no such model. It is spent batch by batch, first on "
                    + "the texts of which those are least sure. A file's rows share their batches in every run, "
                    + "records of Kafka as they arrive: there another run may choose others. Without it the encoder "
                    + "reads all.", example: "500"),
        ]),
        example: "scored: { from: mentions, sentiment: { text: text } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let text = settings["text"],
            let path = faults.stringColumn(text, input.schema, hint: "sentiment reads a string column")
        else { return nil }
        guard let plan = SentimentPlan(settings, input, context, faults) else { return nil }
        let added = plan.fields(isNullable: path.field.isNullable)
        faults.refuseTaken(added.map(\.name), input.schema, at: settings.path)
        let names = Set(added.map(\.name))
        let kept = input.schema.fields.filter { !names.contains($0.name) }
        let column = path.field.name
        return PlannedOperator(
            output: StreamShape(
                schema: Schema(kept + added), hasEventTime: input.hasEventTime, key: input.key,
                isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(names).union([column]) }] },
            placement: .local { _ throws(Fault) in try SentimentOperator(column, added, plan) },
            facts: ["of \(column), \(plan.description)"])
    }
}
