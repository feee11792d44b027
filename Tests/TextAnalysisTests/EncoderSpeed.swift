import Foundation
import Testing

@testable import TextAnalysis

/// Run by hand, in release: `MARTLET_SPEED=1 swift test -c release --filter EncoderSpeed`.
@Suite(
    .serialized,
    .enabled(
        if: SharedFolder.isThere && ProcessInfo.processInfo.environment["MARTLET_SPEED"] != nil, "set MARTLET_SPEED"))
struct EncoderSpeed {
    @Test("Posts a second of one thread")
    func encode() throws {
        let model = try EncoderModel(.int8) { name in MiniLM.read(name) }
        let encoder = try Encoder(model)
        let texts = try SharedFolder.text("tweeteval/sentiment/val_text.txt").split(separator: "\n").map {
            Array($0.utf8)
        }
        var sequence = TokenSequence()
        var tokens = 0
        let tokenizing = ContinuousClock().measure {
            for text in texts {
                text.withUnsafeBufferPointer { model.tokenizer.tokenize($0, limit: 512, into: &sequence) }
                tokens += sequence.count
            }
        }
        print("\(tokens / texts.count) tokens a text; tokenizing \(tokenizing / texts.count) a text")
        for _ in 0..<3 {
            var checksum: Float = 0
            let elapsed = try ContinuousClock().measure {
                for text in texts {
                    text.withUnsafeBufferPointer { model.tokenizer.tokenize($0, limit: 512, into: &sequence) }
                    if !encoder.append(sequence) {
                        try encoder.run()
                        checksum += encoder.states(of: 0)[0]
                        encoder.removeAll()
                        _ = encoder.append(sequence)
                    }
                }
                try encoder.run()
                encoder.removeAll()
            }
            let seconds = Double(elapsed.components.attoseconds) / 1e18 + Double(elapsed.components.seconds)
            print("\(model.shape.layers) layers: \(Int(Double(texts.count) / seconds)) posts/s (\(checksum))")
        }
    }
}
