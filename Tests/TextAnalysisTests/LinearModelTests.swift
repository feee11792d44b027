import Primitives
import TestParts
import Testing

@testable import TextAnalysis

@Suite("Linear models")
struct LinearModelTests {
    private static func read(_ folder: String, _ name: String) -> [UInt8]? {
        let bytes = ShippedModels.read("\(folder)/\(name)")
        return bytes.isEmpty ? nil : bytes
    }

    @Test(
        "each step gives what training got, on every golden text",
        .enabled(if: ShippedModels.exist, "needs the folder models"), arguments: ["fast-1", "language-2"])
    func golden(_ folder: String) throws {
        let model = try LinearModel { name in Self.read(folder, name) }
        var scorer = LinearScorer(model)
        let golden = try (Self.read(folder, "golden.json") ?? []).withUnsafeBufferPointer { bytes throws in
            try JSONTree(parsing: bytes)
        }
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count > 10)
        for item in cases {
            var text = try #require(item["text"]?.string)
            let inputs = item["inputs"]?.array?.compactMap(\.number) ?? []
            let lexicon =
                inputs.isEmpty
                ? nil : VaderScores(compound: inputs[0], positive: inputs[1], neutral: inputs[3], negative: inputs[2])
            let logits = text.withUTF8 { scorer.logits($0, lexicon) }
            let hex = scorer.lastBytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(hex == item["normalised_hex"]?.string)
            #expect(scorer.lastWords.map { Int($0) } == item["words"]?.array?.compactMap(\.integer))
            let classes = model.labels.count
            #expect(
                scorer.lastSums.words.prefix(classes).map { Int($0) } == item["word_sums"]?.array?.compactMap(\.integer)
            )
            #expect(
                scorer.lastSums.runs.prefix(classes).map { Int($0) } == item["run_sums"]?.array?.compactMap(\.integer))
            for (found, expected) in zip(logits, item["logits"]?.array?.compactMap(\.number) ?? []) {
                #expect(abs(Double(found) - expected) < 2e-3, "\(text)")
            }
            if let lexicon {
                var scratch = VaderScratch()
                #expect(text.withUTF8 { VaderAnalyzer().score($0, &scratch) } == lexicon, "\(text)")
            }
        }
    }

    @Test("a folder that is no linear model is refused")
    func refusals() {
        func code(_ files: [String: [UInt8]]) -> String {
            do throws(Fault) {
                _ = try LinearModel { name in files[name] }
                return "accepted"
            } catch { return error.code }
        }
        let weights = TinyModel().weights()
        #expect(code([:]) == "model.file_missing")
        #expect(code(["config.json": Array("{".utf8), "model.safetensors": weights]) == "model.config")
        #expect(code(["config.json": Array("{}".utf8), "model.safetensors": weights]) == "model.architecture")
        let config = """
            {"model_type": "martlet-linear", "martlet": {"features": "hashed-1", "preprocessing": "posts-1", "bits": 4,
             "runs": [1, 2], "labels": ["a", "b"], "inputs": []}}
            """
        #expect(code(["config.json": Array(config.utf8), "model.safetensors": weights]) == "model.tensor_missing")
        let wide = config.replacing("\"bits\": 4", with: "\"bits\": 40")
        #expect(code(["config.json": Array(wide.utf8), "model.safetensors": weights]) == "model.config")
    }

    @Test(
        "scripts",
        arguments: [
            ("hello", TextScript.known), ("12 😀!", .none), ("", .none), ("مرحبا", .known), ("привет", .other),
            ("東京 ok ok", .known),
            ("東京東京 ok", .other),
        ])
    func scripts(text: String, expected: TextScript) {
        var text = text
        #expect(text.withUTF8 { TextScript($0) } == expected)
    }
}
