import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// What a `sentiment` does, checked against its settings.
struct SentimentPlan: Sendable {
    /// An encoder's part.
    struct EncoderPart: Sendable {
        let shared: SharedEncoder
        /// Where in a reading the shares of negative, neutral and positive are; a classifier of two classes has no
        /// neutral.
        let negative: Int
        let neutral: Int?
        let positive: Int
        /// Where the shares of emotions are, and their names.
        let emotions: Range<Int>
        let emotionNames: [String]
        let weight: Double
    }

    let encoder: EncoderPart?
    /// What answers where no encoder does; the lexicon if absent.
    let fast: LinearModel?
    /// The lexicon's part beside an encoder; 0 where it only stands in for one.
    let lexiconWeight: Double
    let isCustomerService: Bool
    /// Texts a second for the encoder.
    let budget: Int64?
    /// For `explain`.
    let description: String

    private static let names = ["lexicon", "fast", "transformer", "ensemble"]

    init?(_ settings: Settings, _ input: StreamShape, _ context: PlanContext, _ faults: FaultCollector) {
        let name = settings["model"]?.string ?? "lexicon"
        let isEnsemble = name == "ensemble"
        let weights = settings["weights"]
        let parts = (
            transformer: weights?["transformer"]?.number ?? 0.7, lexicon: weights?["lexicon"]?.number ?? 0.3
        )
        isCustomerService = settings["context"]?.string == "customer_service"
        budget = settings["budget"]?.integer
        lexiconWeight = isEnsemble ? parts.lexicon : 0
        if let weights, !isEnsemble || parts.transformer + parts.lexicon <= 0 {
            faults.report(
                isEnsemble
                    ? Fault("sentiment.weights", "the weights must not both be zero")
                    : Fault("sentiment.weights", "model `\(name)` has no parts to weigh", hint: "set model: ensemble"),
                at: weights.path)
        }
        if let setting = settings["budget"] {
            if name == "lexicon" || name == "fast" {
                faults.report(
                    Fault(
                        "sentiment.budget", "model `\(name)` needs no budget",
                        hint: "set model: ensemble, or drop the budget"),
                    at: setting.path)
            } else {
                faults.requireEventTime(input, "a budget", at: setting.path)
            }
        }
        let talk = isCustomerService ? ", adjusted for support threads" : ""
        guard name != "lexicon" else {
            (encoder, fast) = (nil, nil)
            description = "by lexicon and rules (VADER)" + talk
            return
        }
        do throws(Fault) {
            guard name != "fast" else {
                encoder = nil
                fast = try Self.fast(context)
                description = "by words and runs of bytes (`fast`)" + talk
                return
            }
            let folder = try ModelPlace.folder(isEnsemble ? "transformer" : name, names: Self.names, context)
            let shared = try ModelPlace.encoder(folder, context)
            encoder = try EncoderPart(shared, weight: isEnsemble ? parts.transformer : 1)
            fast = budget != nil && Self.hasFast(context) ? try Self.fast(context) : nil
        } catch {
            faults.report(error, at: settings["model"]?.path ?? settings.path)
            return nil
        }
        let share = isEnsemble ? " (\(parts.transformer)) and lexicon (\(parts.lexicon))" : ""
        let other = fast == nil ? "the lexicon" : "`fast`"
        let limit = budget.map { ", at most \($0) texts a second, else by \(other)" } ?? ""
        description = "by encoder `\(encoder?.shared.folder ?? "")`" + share + limit + talk
    }

    private static func fast(_ context: PlanContext) throws(Fault) -> LinearModel {
        let model = try ModelPlace.linear(ModelPlace.folder("fast", names: names, context), context)
        guard model.labels == ["negative", "neutral", "positive"] else {
            throw Fault("model.heads", "the labels of model `fast` are not those of sentiment")
        }
        return model
    }

    private static func hasFast(_ context: PlanContext) -> Bool {
        guard let folder = try? ModelPlace.folder("fast", names: names, context) else { return false }
        return (try? context.models.read(folder + "/config.json")) ?? nil != nil
    }

    /// The columns that the operator adds.
    func fields(isNullable: Bool) -> [Field] {
        var fields = [
            Field("sentiment_score", .float64, isNullable: isNullable),
            Field("sentiment_label", .string, isNullable: isNullable),
            Field("sentiment_positive", .float64, isNullable: isNullable),
            Field("sentiment_neutral", .float64, isNullable: isNullable),
            Field("sentiment_negative", .float64, isNullable: isNullable),
            Field("sentiment_confidence", .float64, isNullable: isNullable),
        ]
        guard let encoder, !encoder.emotionNames.isEmpty else { return fields }
        fields.append(Field("emotion", .string, isNullable: true))
        fields.append(Field("emotion_confidence", .float64, isNullable: true))
        for name in encoder.emotionNames { fields.append(Field("emotion_" + name, .float64, isNullable: true)) }
        return fields
    }
}

extension SentimentPlan.EncoderPart {
    /// - Throws: `model.heads`: the model says nothing about sentiment.
    init(_ shared: SharedEncoder, weight: Double) throws(Fault) {
        let model = shared.model
        let heads = model.heads.filter { $0.kind == .sequence }
        guard let head = heads.first(where: { $0.name == "sentiment" }), let range = model.shares(of: head.name) else {
            throw Fault(
                "model.heads", "the model has no head for sentiment", detail: shared.folder,
                hint: "a classifier of texts has one, with the labels negative, neutral and positive")
        }
        func place(_ names: [String]) -> Int? {
            head.labels.firstIndex { names.contains($0.lowercased()) }.map { range.lowerBound + $0 }
        }
        guard let negative = place(["negative", "neg"]), let positive = place(["positive", "pos"]) else {
            throw Fault(
                "model.heads", "the labels of the model's head for sentiment are not those of sentiment",
                detail: head.labels.joined(separator: ", "), hint: "there must be `negative` and `positive`")
        }
        self.shared = shared
        self.negative = negative
        self.positive = positive
        self.weight = weight
        neutral = place(["neutral", "neu"])
        emotions = model.shares(of: "emotion") ?? 0..<0
        emotionNames = model.head("emotion", .sequence)?.labels.map { $0.lowercased() } ?? []
        // Each is a column beside `emotion_confidence`.
        guard Set(emotionNames + ["confidence"]).count == emotionNames.count + 1 else {
            throw Fault(
                "model.heads", "two labels of the model's head for emotions would name one column",
                detail: emotionNames.joined(separator: ", "),
                hint: "labels differ in small letters too, and none is `confidence`")
        }
    }

    /// What a reading says about sentiment.
    func shares(_ reading: TextReading) -> SentimentShares {
        SentimentShares(
            negative: Double(reading.shares[negative]), neutral: neutral.map { Double(reading.shares[$0]) } ?? 0,
            positive: Double(reading.shares[positive]))
    }
}
