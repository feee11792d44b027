import Primitives
import Testing

@testable import TextAnalysis

@Suite("Encoder")
struct EncoderTests {
    /// The mean of the states, of length 1: what sentence embeddings are.
    private static func embedding(_ states: UnsafeBufferPointer<Float>, _ width: Int) -> [Float] {
        var mean = [Float](repeating: 0, count: width)
        for (index, value) in states.enumerated() { mean[index % width] += value }
        let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return mean.map { $0 / length }
    }

    private static func golden(_ precision: EncoderModel.Precision, _ check: (String, [Float], [Float]) -> Void) throws
    {
        let model = try EncoderModel(precision) { name in MiniLM.read(name) }
        let encoder = try Encoder(model)
        var sequence = TokenSequence()
        var waiting: [(String, [Float])] = []
        func run() throws {
            try encoder.run()
            for (index, (text, expected)) in waiting.enumerated() {
                check(text, embedding(encoder.states(of: index), expected.count), expected)
            }
            encoder.removeAll()
            waiting = []
        }
        var compared = 0
        for line in try GoldenLines.read("data/minilm-golden/minilm_embeddings.jsonl") {
            var text = try #require(line["text"]?.string)
            let expected = try #require(line["embedding"]?.array).map { Float($0.number ?? .nan) }
            text.withUTF8 { model.tokenizer.tokenize($0, limit: model.tokensMax, into: &sequence) }
            if !encoder.append(sequence) {
                try run()
                #expect(encoder.append(sequence))
            }
            waiting.append((text, expected))
            compared += 1
        }
        try run()
        #expect(compared == 200)
    }

    private static var isThere: Bool { ReferenceTexts.exists("data/minilm-golden") && MiniLM.isThere }

    @Test(
        "in float its embeddings are those of the reference",
        .enabled(if: isThere, "needs the data folder beside the checkout, and the MiniLM weights: tools/setup --models")
    )
    func float() throws {
        var worst: Float = 0
        try Self.golden(.float32) { text, found, expected in
            let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 1e-4, "\(text)")
            worst = max(worst, difference)
        }
        print("float: largest difference \(worst)")
    }

    @Test(
        "in 8 bits its embeddings point the same way",
        .enabled(if: isThere, "needs the data folder beside the checkout, and the MiniLM weights: tools/setup --models")
    )
    func integer() throws {
        var worst: Float = 1
        try Self.golden(.int8) { text, found, expected in
            let cosine = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(cosine > 0.99, "\(text)")
            worst = min(worst, cosine)
        }
        print("int8: least cosine \(worst)")
    }
}
