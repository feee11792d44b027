import Primitives

/// The shape of an encoder, from its `config.json`.
package struct EncoderConfiguration: Sendable {
    /// How its tensors are named, and what small things differ.
    enum Family: String, Sendable {
        case bert
        case distilbert
        case roberta
    }

    /// What stands between the two products of a feed-forward layer.
    enum Activation: String, Sendable {
        case gelu
        case geluTanh = "gelu_new"
        case relu
    }

    var family: Family
    var vocabularySize: Int
    var width: Int
    var layers: Int
    var heads: Int
    var innerWidth: Int
    /// The most tokens of a text, the marks before and behind it among them.
    package var tokensMax: Int
    /// Position embeddings before the first token's.
    var positionOffset: Int
    var positions: Int
    /// Embeddings of types of tokens; 0 if the family has none.
    var tokenTypes: Int
    /// Whether a token's type is the shape of its word, instead of 0.
    var typesAreShapes: Bool
    var epsilon: Float
    var activation: Activation

    /// - Throws: `model.config`: a key is missing or out of range; `model.architecture`: it is another kind of model.
    init(_ config: JSONTree) throws(Fault) {
        let named = config["model_type"]?.string ?? ""
        guard let family = Family(rawValue: named) else {
            throw Fault(
                "model.architecture", "a model of type `\(named)` is not read here",
                hint: "there are bert (MiniLM too), distilbert and roberta")
        }
        if let positions = config["position_embedding_type"]?.string, positions != "absolute" {
            throw Fault("model.architecture", "position embeddings of type `\(positions)` are not read here")
        }
        self.family = family
        let isDistilled = family == .distilbert
        func count(_ key: String, _ range: ClosedRange<Int>) throws(Fault) -> Int {
            guard let value = config[key]?.integer, range.contains(value) else {
                throw Fault(
                    "model.config", "`\(key)` of the model's config is missing or out of range",
                    detail: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        vocabularySize = try count("vocab_size", 4...1_000_000)
        width = try count(isDistilled ? "dim" : "hidden_size", 1...4_096)
        layers = try count(isDistilled ? "n_layers" : "num_hidden_layers", 1...64)
        heads = try count(isDistilled ? "n_heads" : "num_attention_heads", 1...64)
        innerWidth = try count(isDistilled ? "hidden_dim" : "intermediate_size", 1...16_384)
        positions = try count("max_position_embeddings", 4...8_192)
        guard width % heads == 0 else {
            throw Fault("model.config", "\(width) columns cannot be shared among \(heads) heads")
        }
        // RoBERTa counts positions from the number behind its padding token's.
        positionOffset = family == .roberta ? (config["pad_token_id"]?.integer ?? 1) + 1 : 0
        guard positionOffset >= 0, positionOffset < positions - 2 else {
            throw Fault("model.config", "`pad_token_id` of the model's config is out of range")
        }
        tokensMax = positions - positionOffset
        if let limit = config["martlet"]?["pieces_max"] {
            guard let pieces = limit.integer, (2...tokensMax).contains(pieces) else {
                throw Fault("model.config", "`pieces_max` of the model's config is out of range")
            }
            tokensMax = pieces
        }
        tokenTypes = isDistilled ? 0 : try count("type_vocab_size", 1...64)
        let types = config["martlet"]?["token_types"]?.string
        typesAreShapes = types == "shape"
        guard types == nil || typesAreShapes, !typesAreShapes || tokenTypes > Int(WordShape.mixed.rawValue) else {
            throw Fault(
                "model.config", "`token_types` of the model's config is not `shape`, or there are too few of them")
        }
        epsilon = config["layer_norm_eps"].map { Float($0.number ?? 0) } ?? 1e-12
        guard epsilon > 0, epsilon <= 1 else {
            throw Fault(
                "model.config", "`layer_norm_eps` of the model's config is out of range",
                detail: "a number above 0, at most 1")
        }
        let name = config[isDistilled ? "activation" : "hidden_act"].map { $0.string ?? "" } ?? "gelu"
        guard let activation = Activation(rawValue: name) else {
            throw Fault(
                "model.architecture", "activation `\(name)` is not read here", hint: "there are gelu, gelu_new and relu"
            )
        }
        self.activation = activation
    }

    var headWidth: Int { width / heads }
}
