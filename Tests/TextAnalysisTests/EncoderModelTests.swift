import Primitives
import TestParts
import Testing

@testable import TextAnalysis

@Suite("A model's folder")
struct EncoderModelTests {
    private func states(_ model: TinyModel, _ precision: EncoderModel.Precision, _ texts: [String]) throws -> [[Float]]
    {
        let model = try EncoderModel(precision) { name in model.read(name) }
        let encoder = try Encoder(model)
        var sequence = TokenSequence()
        for text in texts {
            var text = text
            text.withUTF8 { model.tokenizer.tokenize($0, limit: model.tokensMax, into: &sequence) }
            #expect(encoder.append(sequence))
        }
        try encoder.run()
        return texts.indices.map { Array(encoder.states(of: $0)) }
    }

    /// The code of the fault that a folder is refused with, and its text.
    private func refusal(_ change: (inout TinyModel) -> Void) -> String {
        var model = TinyModel()
        change(&model)
        do throws(Fault) {
            _ = try EncoderModel(.int8) { name in model.read(name) }
            return "accepted"
        } catch {
            return "\(error.code): \(error.message)"
        }
    }

    @Test("in 8 bits the states are close to those in float")
    func precisions() throws {
        let texts = ["good badly @good", "", "bad bad bad"]
        let floats = try states(TinyModel(), .float32, texts)
        let integers = try states(TinyModel(), .int8, texts)
        for (float, integer) in zip(floats, integers) {
            #expect(float.count == integer.count)
            for (left, right) in zip(float, integer) { #expect(abs(left - right) < 0.05) }
        }
    }

    @Test("a text's states do not depend on the texts beside it", arguments: [EncoderModel.Precision.float32, .int8])
    func packing(_ precision: EncoderModel.Precision) throws {
        let texts = ["good badly", "bad", "@@@@ good good"]
        let together = try states(TinyModel(), precision, texts)
        for (text, expected) in zip(texts, together) {
            let alone = try states(TinyModel(), precision, [text])[0]
            for (left, right) in zip(alone, expected) {
                #expect(precision == .int8 ? left == right : abs(left - right) < 1e-5)
            }
        }
    }

    @Test("a head's shares sum to 1, for a text and for each token")
    func heads() throws {
        let tiny = TinyModel()
        let model = try EncoderModel(.float32) { name in tiny.read(name) }
        let encoder = try Encoder(model)
        var sequence = TokenSequence()
        var text = "good badly"
        text.withUTF8 { model.tokenizer.tokenize($0, limit: 16, into: &sequence) }
        #expect(encoder.append(sequence))
        try encoder.run()
        var shares: [Float] = []
        var scorer = HeadScorer(try #require(model.head("sentiment", .sequence)), model)
        try scorer.score(encoder.states(of: 0), into: &shares)
        #expect(shares.count == 3)
        #expect(abs(shares.reduce(0, +) - 1) < 1e-5)
        scorer = HeadScorer(try #require(model.head("entities", .token)), model)
        try scorer.scoreTokens(encoder.states(of: 0), into: &shares)
        #expect(shares.count == 3 * sequence.count)
        #expect(abs(shares[3..<6].reduce(0, +) - 1) < 1e-5)
    }

    @Test("a classifier of Hugging Face brings its head and its names")
    func classifier() throws {
        var tiny = TinyModel()
        tiny.config = tiny.config.replacing(
            #""martlet""#,
            with:
                #""architectures": ["BertForSequenceClassification"], "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}, "x""#
        )
        tiny.add("bert.pooler.dense.weight", [8, 8])
        tiny.add("bert.pooler.dense.bias", [8])
        tiny.add("classifier.weight", [2, 8])
        tiny.add("classifier.bias", [2])
        for index in tiny.tensors.indices where tiny.tensors[index].name.contains("e") {
            let name = tiny.tensors[index].name
            if name.hasPrefix("embeddings") || name.hasPrefix("encoder") { tiny.tensors[index].name = "bert." + name }
        }
        let model = try EncoderModel(.int8) { name in tiny.read(name) }
        let head = try #require(model.heads.first)
        #expect(head.kind == .sequence)
        #expect(head.labels == ["NEGATIVE", "POSITIVE"])
        #expect(head.dense.count == 1)
    }

    @Test("weights in 8 bits are read with their scales")
    func integerWeights() throws {
        var tiny = TinyModel()
        let name = "encoder.layer.0.intermediate.dense.weight"
        let index = try #require(tiny.tensors.firstIndex { $0.name == name })
        let floats = tiny.tensors[index].bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let (values, scales) = SourceMatrix.floats(floats).quantised(columns: 8)
        tiny.tensors[index] = (name, "I8", [12, 8], values.map { UInt8(bitPattern: $0) })
        tiny.add(name + "_scale", [12], scales)
        let expected = try states(TinyModel(), .int8, ["good badly"])
        #expect(try states(tiny, .int8, ["good badly"]) == expected)
    }

    @Test("a damaged or foreign folder is refused with what is wrong")
    func refusals() {
        func set(_ name: String, _ change: @escaping (inout [UInt8]) -> Void) -> (inout TinyModel) -> Void {
            { model in
                var bytes = model.read(name) ?? []
                change(&bytes)
                model.files[name] = bytes
            }
        }
        let weights = "model.safetensors"
        #expect(refusal { _ in } == "accepted")
        #expect(refusal { $0.files["vocab.txt"] = nil }.hasPrefix("model.file_missing: "))
        #expect(refusal(set(weights) { $0.removeLast() }).contains("it ends within tensor `heads.entities.bias`"))
        #expect(refusal(set(weights) { $0.removeLast($0.count - 100) }).contains("it ends within its header"))
        #expect(refusal(set(weights) { $0 = [1, 2] }).contains("shorter than its header"))
        #expect(refusal(set(weights) { $0.append(0) }).contains("1 bytes belong to no tensor"))
        #expect(refusal(set(weights) { $0[8] = 0x5B }).contains("its header is no JSON"))
        #expect(refusal { $0.tensors[0].kind = "U8" }.contains("is of type U8"))
        #expect(refusal { $0.tensors[0].shape = [9, 8] }.contains("takes 288 bytes, not 256"))
        #expect(refusal { $0.tensors[0].shape = [4, 16] }.hasPrefix("model.shape: "))
        #expect(refusal { $0.tensors.removeLast() }.hasPrefix("model.tensor_missing: "))
        #expect(
            refusal { $0.tensors[0].bytes.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F]) }.hasPrefix("model.value"))
        #expect(refusal { $0.config = "{" } == "model.config: the model's config.json is no JSON")
        #expect(refusal { $0.config.replace("bert", with: "gpt2") }.hasPrefix("model.architecture: "))
        #expect(refusal { $0.config.replace("gelu", with: "swish") }.hasPrefix("model.architecture: "))
        #expect(
            refusal { $0.config.replace("\"hidden_size\": 8", with: "\"hidden_size\": -8") }.hasPrefix("model.config"))
        #expect(refusal { $0.config.replace("\"token\"", with: "\"tone\"") }.hasPrefix("model.heads: "))
        #expect(refusal { $0.config.replace("I-person", with: "B-person") }.hasPrefix("model.heads: "))
        #expect(
            refusal { $0.config.replace("\"num_hidden_layers\": 2", with: "\"num_hidden_layers\": 1") }
                == "model.shape: the weights have more layers than the 1 of the config")
        for epsilon in ["-1", "0", "\"x\"", "2"] {
            let change = "{\"layer_norm_eps\": \(epsilon), "
            #expect(refusal { $0.config.replace("{", with: change, maxReplacements: 1) }.hasPrefix("model.config: "))
        }
        #expect(refusal { $0.config.replace("\"gelu\"", with: "1") }.hasPrefix("model.architecture: "))
        #expect(
            refusal(set("vocab.txt") { $0.append(contentsOf: Array("x\ny\n".utf8)) }).hasPrefix("model.vocabulary: "))
    }

    /// A `tokenizer.json` with the vocabulary of the made-up model.
    private static let tokenizer: String = {
        let tokens = TinyModel.vocabulary.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        return """
            {"normalizer": {"type": "BertNormalizer", "clean_text": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "model": {"type": "WordPiece", "continuing_subword_prefix": "##", "vocab": {\(tokens)}}}
            """
    }()

    @Test("a vocabulary in tokenizer.json is as good as vocab.txt")
    func tokenizerFile() throws {
        var tiny = TinyModel()
        tiny.files["vocab.txt"] = nil
        tiny.files["tokenizer.json"] = Array(Self.tokenizer.utf8)
        let texts = ["GOOD badly", "bad @ worse"]
        #expect(try states(tiny, .int8, texts) == states(TinyModel(), .int8, texts))
    }

    @Test("a model for which capitals or accents count is refused, not read as if they did not")
    func cased() {
        func tokenizer(_ old: String, _ new: String) -> String {
            refusal { model in
                model.files["vocab.txt"] = nil
                model.files["tokenizer.json"] = Array(Self.tokenizer.replacing(old, with: new).utf8)
            }
        }
        func settings(_ text: String) -> String {
            refusal { $0.files["tokenizer_config.json"] = Array(text.utf8) }
        }
        let capitals = TinyModel.vocabulary.map { $0 == "good" ? "Good" : $0 }.joined(separator: "\n")
        #expect(refusal { $0.files["vocab.txt"] = Array(capitals.utf8) }.hasPrefix("model.vocabulary: "))
        #expect(settings(#"{"do_lower_case": true, "strip_accents": null}"#) == "accepted")
        #expect(settings(#"{"do_lower_case": false}"#).hasPrefix("model.vocabulary: "))
        #expect(settings(#"{"strip_accents": false}"#).hasPrefix("model.vocabulary: "))
        #expect(settings("{").hasPrefix("model.vocabulary: "))
        #expect(tokenizer("good", "goad") == "accepted")
        for (old, new) in [
            (#""lowercase": true"#, #""lowercase": false"#), (#""strip_accents": null"#, #""strip_accents": false"#),
            ("BertNormalizer", "Lowercase"), ("BertPreTokenizer", "Whitespace"), ("\"##\"", "\"@@\""),
            ("good", "Good"), ("[CLS]", "[XLS]"), (": 7", ": -7"), (#""vocab""#, #""words""#),
        ] {
            #expect(tokenizer(old, new).hasPrefix("model.vocabulary: "), "\(new)")
        }
    }

    @Test("whatever a bit is flipped to, the weights are read or refused")
    func flips() {
        let tiny = TinyModel()
        let bytes = tiny.weights()
        for position in stride(from: 0, to: 600, by: 1) {
            for bit: UInt8 in [0, 3, 6] {
                var damaged = bytes
                damaged[position] ^= 1 << bit
                do throws(Fault) { _ = try TensorFile(damaged) } catch { #expect(error.code == "model.tensors") }
            }
        }
    }
}
