import Primitives
import Testing

@testable import TextAnalysis

@Suite("The encoder that ships", .enabled(if: ShippedModels.exist, "needs the folder models"))
struct ShippedEncoderTests {
    private static func read(_ name: String) -> [UInt8]? {
        let bytes = ShippedModels.read("posts-2/\(name)")
        return bytes.isEmpty ? nil : bytes
    }

    private static func cases() throws -> [JSONTree] {
        try (read("golden.json") ?? []).withUnsafeBufferPointer { bytes throws in
            try #require(try JSONTree(parsing: bytes)["cases"]?.array)
        }
    }

    private static func shares(_ logits: JSONTree?) -> [Float] {
        let values = (logits?.array ?? []).map { Float($0.number ?? .nan) }
        let powers = values.map { Exponential.of($0 - (values.max() ?? 0)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    @Test("texts are prepared and split as in training")
    func tokens() throws {
        let model = try EncoderModel(.int8) { name in Self.read(name) }
        var preparation = TextPreparation()
        var sequence = TokenSequence()
        for item in try Self.cases() {
            var text = try #require(item["text"]?.string)
            text.withUTF8 { preparation.prepare($0, model.preparation) }
            #expect(String(decoding: preparation.bytes, as: UTF8.self) == item["preprocessed"]?.string)
            preparation.bytes.withUnsafeBufferPointer {
                model.tokenizer.tokenize($0, limit: model.tokensMax, into: &sequence)
            }
            #expect(sequence.ids.map { Int($0) } == item["ids"]?.array?.compactMap(\.integer), "\(text)")
            #expect(sequence.shapes.map { Int($0.rawValue) } == item["shapes"]?.array?.compactMap(\.integer), "\(text)")
            let starts = sequence.isWordStart.indices.filter { sequence.isWordStart[$0] }
            #expect(starts == item["starts"]?.array?.compactMap(\.integer), "\(text)")
        }
    }

    @Test("its heads say what they said in training", arguments: [EncoderModel.Precision.float32, .int8])
    func heads(_ precision: EncoderModel.Precision) throws {
        let model = try EncoderModel(precision) { name in Self.read(name) }
        let reader = try TextReader(model)
        let cases = try Self.cases()
        for item in cases {
            var text = try #require(item["text"]?.string)
            try text.withUTF8 { text throws in try reader.append(text) }
        }
        let readings = try reader.finish()
        var worst: Float = 0
        for (item, reading) in zip(cases, readings) {
            for name in ["sentiment", "emotion"] {
                let expected = Self.shares(item[precision == .float32 ? "float32" : "int8"]?[name])
                let found = reading.shares[try #require(model.shares(of: name))]
                for (left, right) in zip(found, expected) {
                    worst = max(worst, abs(left - right))
                    #expect(abs(left - right) < (precision == .float32 ? 1e-3 : 0.02), "\(name): \(item)")
                }
            }
        }
        print("\(precision): largest difference of a share \(worst) in \(readings.count) texts")
    }
}

private enum Exponential {
    static func of(_ value: Float) -> Float {
        var (sum, term): (Double, Double) = (1, 1)
        // Arguments are small: the series is enough for a test.
        for index in 1..<60 {
            term *= Double(value) / Double(index)
            sum += term
        }
        return Float(sum)
    }
}
