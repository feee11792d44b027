import Primitives

/// What a model says about a text or about each of its tokens: a linear layer over the encoder's states, and names for
/// its results.
package struct EncoderHead: Sendable {
    /// What it judges.
    package enum Kind: String, Sendable {
        /// One result a text.
        case sequence
        /// One result a token.
        case token
    }

    /// What stands for the whole text.
    enum Pooling: String, Sendable {
        /// The state of the mark before the text.
        case cls
        /// The mean of all states.
        case mean
    }

    /// A layer between the state and the results.
    struct Dense: Sendable {
        enum Activation: Sendable {
            case tanh, relu
        }

        var weight: [Float]
        var bias: [Float]
        var activation: Activation
    }

    package let name: String
    package let kind: Kind
    package let labels: [String]
    let pooling: Pooling
    let dense: [Dense]
    /// A row for each label.
    let weight: [Float]
    let bias: [Float]
}

extension EncoderHead {
    /// The heads of a model: those that its config lists under `martlet`, or the one classifier that Hugging Face
    /// models have.
    /// - Throws: `model.heads`, and what `WeightReader` says of their tensors.
    static func heads(_ config: JSONTree, _ reader: WeightReader, _ shape: EncoderConfiguration) throws(Fault)
        -> [EncoderHead]
    {
        if let listed = config["martlet"]?["heads"]?.object {
            var heads: [EncoderHead] = []
            for (name, value) in listed.sorted(by: { $0.key < $1.key }) {
                heads.append(try head(name, value, reader, shape.width))
            }
            return heads
        }
        guard let kind = classifierKind(config, reader.file) else { return [] }
        return [try classifier(kind, labels(config), reader, shape)]
    }

    private static func fault(_ what: String) -> Fault {
        Fault("model.heads", "the model's config is wrong about its heads: \(what)")
    }

    private static func head(_ name: String, _ value: JSONTree, _ reader: WeightReader, _ width: Int) throws(Fault)
        -> EncoderHead
    {
        guard let kind = Kind(rawValue: value["kind"]?.string ?? "") else {
            throw fault("`\(name)` is of no kind; there are sequence and token")
        }
        guard let pooling = Pooling(rawValue: value["pooling"]?.string ?? "cls") else {
            throw fault("`\(name)` has no such pooling; there are cls and mean")
        }
        let labels = (value["labels"]?.array ?? []).compactMap(\.string)
        guard !labels.isEmpty, Set(labels).count == labels.count else {
            throw fault("`\(name)` has no labels, or one of them twice")
        }
        return EncoderHead(
            name: name, kind: kind, labels: labels, pooling: pooling, dense: [],
            weight: try reader.matrix("heads.\(name).weight", rows: labels.count, columns: width)
                .dequantised(columns: width),
            bias: try reader.vector("heads.\(name).bias", count: labels.count))
    }

    /// A classifier of either kind has the same tensors; its architecture's name says which it is.
    private static func classifierKind(_ config: JSONTree, _ file: TensorFile) -> Kind? {
        let architectures = (config["architectures"]?.array ?? []).compactMap(\.string)
        if architectures.contains(where: { $0.hasSuffix("ForTokenClassification") }) { return .token }
        if architectures.contains(where: { $0.hasSuffix("ForSequenceClassification") }) { return .sequence }
        return file["classifier.weight"] == nil && file["classifier.out_proj.weight"] == nil ? nil : .sequence
    }

    private static func labels(_ config: JSONTree) throws(Fault) -> [String] {
        let named = config["id2label"]?.object ?? [:]
        var labels: [String] = []
        for number in 0..<named.count {
            guard let label = named["\(number)"]?.string else {
                throw fault("`id2label` does not name the numbers from 0 on")
            }
            labels.append(label)
        }
        guard !labels.isEmpty else { throw fault("there is no `id2label`") }
        guard Set(labels).count == labels.count else { throw fault("`id2label` gives two numbers one name") }
        return labels
    }

    private static func classifier(
        _ kind: Kind, _ labels: [String], _ reader: WeightReader, _ shape: EncoderConfiguration
    ) throws(Fault) -> EncoderHead {
        let width = shape.width
        func dense(_ name: String, _ activation: Dense.Activation) throws(Fault) -> Dense {
            Dense(
                weight: try reader.matrix(name + ".weight", rows: width, columns: width).dequantised(columns: width),
                bias: try reader.vector(name + ".bias", count: width), activation: activation)
        }
        var layers: [Dense] = []
        var name = "classifier"
        if kind == .sequence {
            switch shape.family {
            case .bert: layers = [try dense("pooler.dense", .tanh)]
            case .distilbert: layers = [try dense("pre_classifier", .relu)]
            case .roberta:
                layers = [try dense("classifier.dense", .tanh)]
                name = "classifier.out_proj"
            }
        }
        return EncoderHead(
            name: kind == .sequence ? "sentiment" : "entities", kind: kind, labels: labels, pooling: .cls,
            dense: layers,
            weight: try reader.matrix(name + ".weight", rows: labels.count, columns: width)
                .dequantised(columns: width),
            bias: try reader.vector(name + ".bias", count: labels.count))
    }
}
