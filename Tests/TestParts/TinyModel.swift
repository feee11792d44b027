/// A whole model folder of a few hundred weights, made up by a rule.
package struct TinyModel {
    package static let width = 8
    package static let inner = 12
    package static let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "##ly", "@"]

    package var files: [String: [UInt8]] = [:]
    /// Name, type, shape and bytes of each tensor, in the order of the file.
    package var tensors: [(name: String, kind: String, shape: [Int], bytes: [UInt8])] = []
    package var config = """
        {"model_type": "bert", "vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 12, "max_position_embeddings": 16, "type_vocab_size": 2, "hidden_act": "gelu",
         "martlet": {"version": 1, "heads": {
            "sentiment": {"kind": "sequence", "labels": ["negative", "neutral", "positive"], "pooling": "mean"},
            "entities": {"kind": "token", "labels": ["O", "B-person", "I-person"]}}}}
        """

    package init() {
        let (width, inner) = (Self.width, Self.inner)
        add("embeddings.word_embeddings.weight", [8, width])
        add("embeddings.position_embeddings.weight", [16, width])
        add("embeddings.token_type_embeddings.weight", [2, width])
        addNorm("embeddings.LayerNorm")
        for number in 0..<2 {
            let layer = "encoder.layer.\(number)."
            for name in [
                "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
            ] {
                add(layer + name + ".weight", [width, width])
                add(layer + name + ".bias", [width])
            }
            addNorm(layer + "attention.output.LayerNorm")
            add(layer + "intermediate.dense.weight", [inner, width])
            add(layer + "intermediate.dense.bias", [inner])
            add(layer + "output.dense.weight", [width, inner])
            add(layer + "output.dense.bias", [width])
            addNorm(layer + "output.LayerNorm")
        }
        for name in ["sentiment", "entities"] {
            add("heads.\(name).weight", [3, width])
            add("heads.\(name).bias", [3])
        }
        files["vocab.txt"] = Array((Self.vocabulary.joined(separator: "\n") + "\n").utf8)
    }

    private mutating func addNorm(_ name: String) {
        add(name + ".weight", [Self.width])
        add(name + ".bias", [Self.width])
    }

    package mutating func add(_ name: String, _ shape: [Int]) {
        let count = shape.reduce(1, *)
        let seed = name.utf8.reduce(7) { ($0 * 31 + Int($1)) % 9_973 }
        let values = (0..<count).map { Float((seed + $0 * 7_919) % 2_003) / 2_003 - 0.5 }
        add(name, shape, values)
    }

    package mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        tensors.append((name, "F32", shape, values.withUnsafeBytes { Array($0) }))
    }

    /// The weights' file.
    package func weights() -> [UInt8] {
        var header: [String] = [#""__metadata__": {"format": "pt"}"#]
        var position = 0
        for tensor in tensors {
            let end = position + tensor.bytes.count
            header.append(
                #""\#(tensor.name)": {"dtype": "\#(tensor.kind)", "shape": \#(tensor.shape), "data_offsets": [\#(position), \#(end)]}"#
            )
            position = end
        }
        let text = Array("{\(header.joined(separator: ", "))}".utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        return length + text + tensors.flatMap(\.bytes)
    }

    package func read(_ name: String) -> [UInt8]? {
        switch name {
        case "config.json": files[name] ?? Array(config.utf8)
        case "model.safetensors": files[name] ?? weights()
        default: files[name]
        }
    }
}
