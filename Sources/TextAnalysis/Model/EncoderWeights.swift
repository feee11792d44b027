import Primitives

/// Every weight of an encoder, whatever the family's names for them.
struct EncoderWeights: Sendable {
    struct Norm: Sendable {
        var gain: [Float]
        var bias: [Float]
    }

    struct Layer: Sendable {
        /// Queries, keys and values of all heads, one behind another.
        var projection: SourceMatrix
        var projectionBias: [Float]
        var output: SourceMatrix
        var outputBias: [Float]
        var attentionNorm: Norm
        var up: SourceMatrix
        var upBias: [Float]
        var down: SourceMatrix
        var downBias: [Float]
        var outputNorm: Norm
    }

    /// A row for each token of the vocabulary.
    var words: SourceMatrix
    /// A row for each position.
    var positions: [Float]
    /// A row for each type of token.
    var types: [Float]
    var embeddingNorm: Norm
    var layers: [Layer]

    /// The family's names of the parts of a layer.
    private struct Names {
        var layer: String
        var queries: String
        var keys: String
        var values: String
        var output: String
        var attentionNorm: String
        var up: String
        var down: String
        var outputNorm: String

        init(_ family: EncoderConfiguration.Family) {
            if family == .distilbert {
                layer = "transformer.layer."
                (queries, keys, values) = ("attention.q_lin", "attention.k_lin", "attention.v_lin")
                (output, attentionNorm) = ("attention.out_lin", "sa_layer_norm")
                (up, down, outputNorm) = ("ffn.lin1", "ffn.lin2", "output_layer_norm")
            } else {
                layer = "encoder.layer."
                (queries, keys, values) = ("attention.self.query", "attention.self.key", "attention.self.value")
                (output, attentionNorm) = ("attention.output.dense", "attention.output.LayerNorm")
                (up, down, outputNorm) = ("intermediate.dense", "output.dense", "output.LayerNorm")
            }
        }
    }

    /// - Throws: `model.tensor_missing`, `model.shape`, `model.value`.
    init(_ reader: WeightReader, _ shape: EncoderConfiguration) throws(Fault) {
        let width = shape.width
        words = try reader.matrix(
            "embeddings.word_embeddings.weight", rows: shape.vocabularySize, columns: width)
        positions = try reader.matrix(
            "embeddings.position_embeddings.weight", rows: shape.positions, columns: width
        ).dequantised(columns: width)
        types =
            shape.tokenTypes == 0
            ? [Float](repeating: 0, count: width)
            : try reader.matrix("embeddings.token_type_embeddings.weight", rows: shape.tokenTypes, columns: width)
                .dequantised(columns: width)
        embeddingNorm = try reader.norm("embeddings.LayerNorm", width)
        layers = []
        let names = Names(shape.family)
        for number in 0..<shape.layers {
            let layer = names.layer + "\(number)."
            var projections: [SourceMatrix] = []
            var projectionBias: [Float] = []
            for name in [names.queries, names.keys, names.values] {
                projections.append(try reader.matrix(layer + name + ".weight", rows: width, columns: width))
                projectionBias += try reader.vector(layer + name + ".bias", count: width)
            }
            layers.append(
                Layer(
                    projection: .stacked(projections, columns: width), projectionBias: projectionBias,
                    output: try reader.matrix(layer + names.output + ".weight", rows: width, columns: width),
                    outputBias: try reader.vector(layer + names.output + ".bias", count: width),
                    attentionNorm: try reader.norm(layer + names.attentionNorm, width),
                    up: try reader.matrix(layer + names.up + ".weight", rows: shape.innerWidth, columns: width),
                    upBias: try reader.vector(layer + names.up + ".bias", count: shape.innerWidth),
                    down: try reader.matrix(layer + names.down + ".weight", rows: width, columns: shape.innerWidth),
                    downBias: try reader.vector(layer + names.down + ".bias", count: width),
                    outputNorm: try reader.norm(layer + names.outputNorm, width)))
        }
        // A model cut short by its config gives results, and wrong ones.
        guard !reader.hasTensors(names.layer + "\(shape.layers).") else {
            throw Fault(
                "model.shape", "the weights have more layers than the \(shape.layers) of the config",
                hint: "the config must be that of the weights")
        }
    }
}

extension WeightReader {
    /// Older files call the gain `gamma` and the bias `beta`.
    fileprivate func norm(_ name: String, _ width: Int) throws(Fault) -> EncoderWeights.Norm {
        EncoderWeights.Norm(
            gain: try vector(name + ".weight", name + ".gamma", count: width),
            bias: try vector(name + ".bias", name + ".beta", count: width))
    }
}
