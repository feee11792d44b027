package import Primitives

/// A model read from a folder in the style of Hugging Face: `config.json`, `model.safetensors`, and `vocab.txt` or
/// `tokenizer.json`. Immutable; every thread's encoder shares its weights.
package final class EncoderModel: Sendable {
    /// How the products of the encoder are computed.
    package enum Precision: Sendable {
        /// As the model was trained: slow, the reference for the other.
        case float32
        /// 8-bit integers; activations are quantised token by token, so a result depends on its own text alone.
        case int8
    }

    /// The weights as the precision needs them.
    enum Layers: Sendable {
        case floats([FloatLayer])
        case integers([IntegerLayer])
    }

    let shape: EncoderConfiguration
    package let tokenizer: TextTokenizer
    package let heads: [EncoderHead]
    /// What the config says besides, under the key `martlet`.
    package let notes: JSONTree?
    /// A row for each token of the vocabulary, or in 8 bits with its scales.
    let words: SourceMatrix
    let positions: [Float]
    let types: [Float]
    /// What becomes of a text before its tokens are read.
    let preparation: TextPreparation.Rule
    let embeddingNorm: EncoderWeights.Norm
    let layers: Layers

    /// The most tokens of a text.
    package var tokensMax: Int { shape.tokensMax }

    /// - Parameter read: gives the bytes of a file of the folder, `nil` if it is not there.
    /// - Throws: what is wrong with the folder, under a code that begins with `model.`; what `read` throws.
    package init(_ precision: Precision, reading read: (_ name: String) throws(Fault) -> [UInt8]?) throws(Fault) {
        func file(_ name: String) throws(Fault) -> [UInt8] {
            guard let bytes = try read(name) else {
                throw Fault(
                    "model.file_missing", "the model's folder has no `\(name)`",
                    hint: "a model has config.json, model.safetensors, and vocab.txt or tokenizer.json")
            }
            return bytes
        }
        let config: JSONTree
        do throws(Fault) {
            config = try file("config.json").withUnsafeBufferPointer { bytes throws(Fault) in
                try JSONTree(parsing: bytes)
            }
        } catch  where error.code == "json.syntax" {
            throw Fault("model.config", "the model's config.json is no JSON", detail: error.detail)
        }
        let shape = try EncoderConfiguration(config)
        self.shape = shape
        notes = config["martlet"]
        let rule = notes?["preprocessing"]?.string ?? "none"
        guard let preparation = TextPreparation.Rule(rawValue: rule) else {
            throw Fault("model.config", "the model's config asks for preprocessing `\(rule)`, which is not known here")
        }
        self.preparation = preparation
        let tokenizer = try TextTokenizer(reading: read)
        self.tokenizer = tokenizer
        guard tokenizer.count <= shape.vocabularySize else {
            throw Fault(
                "model.vocabulary",
                "the vocabulary has \(tokenizer.count) tokens, the model knows \(shape.vocabularySize)",
                hint: "the vocabulary must be that of the weights")
        }
        let reader = WeightReader(try TensorFile(file("model.safetensors")), shape.family)
        let weights = try EncoderWeights(reader, shape)
        heads = try EncoderHead.heads(config, reader, shape)
        words = weights.words
        positions = weights.positions
        types = weights.types
        embeddingNorm = weights.embeddingNorm
        switch precision {
        case .float32: layers = .floats(weights.layers.map { FloatLayer($0, shape) })
        case .int8:
            let oneDNN = try OneDNN()
            var packed: [IntegerLayer] = []
            for layer in weights.layers { packed.append(try IntegerLayer(layer, shape, oneDNN)) }
            layers = .integers(packed)
        }
    }

    /// The head of a name, of a kind.
    package func head(_ name: String, _ kind: EncoderHead.Kind) -> EncoderHead? {
        heads.first { $0.name == name && $0.kind == kind }
    }

    /// Bytes of memory that its weights take, about.
    package var memoryFootprint: Int {
        let layerBytes =
            switch layers {
            case .floats(let layers): layers.count * (4 * shape.width + 2 * shape.innerWidth) * shape.width * 4
            case .integers(let layers): layers.count * (4 * shape.width + 2 * shape.innerWidth) * shape.width
            }
        let wordBytes = if case .integers = words { 1 } else { 4 }
        return layerBytes + shape.vocabularySize * shape.width * wordBytes + positions.count * 4
    }
}
