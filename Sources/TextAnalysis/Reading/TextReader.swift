package import Primitives

/// Reads texts by a model: one pass of the encoder for all of its heads. Used from one thread; the model is shared.
package final class TextReader {
    private let model: EncoderModel
    private let encoder: Encoder
    private var textScorers: [HeadScorer]
    private var tokenScorer: HeadScorer?
    private let labels: EntityLabels
    private var preparation = TextPreparation()
    private var sequence = TokenSequence()
    /// The tokens of each text of the pass.
    private var waiting: [TokenSequence] = []
    private var readings: [TextReading] = []
    private var shares: [Float] = []

    /// - Throws: `model.arithmetic`.
    package init(_ model: EncoderModel) throws(Fault) {
        self.model = model
        encoder = try Encoder(model)
        textScorers = model.heads.filter { $0.kind == .sequence }.map { HeadScorer($0, model) }
        let tokenHead = model.heads.first { $0.kind == .token }
        tokenScorer = tokenHead.map { HeadScorer($0, model) }
        labels = EntityLabels(tokenHead?.labels ?? [])
    }

    /// Takes a text; `finish` gives its reading.
    /// - Throws: `model.arithmetic`.
    package func append(_ text: UnsafeBufferPointer<UInt8>) throws(Fault) {
        preparation.prepare(text, model.preparation)
        preparation.bytes.withUnsafeBufferPointer { prepared in
            model.tokenizer.tokenize(prepared, limit: model.tokensMax, into: &sequence)
        }
        if !encoder.append(sequence) {
            try run()
            _ = encoder.append(sequence)
        }
        if tokenScorer != nil { sequence.mapSpans { preparation.source(of: $0) } }
        waiting.append(sequence)
    }

    /// The readings of the texts since the last call, in their order.
    /// - Throws: `model.arithmetic`.
    package func finish() throws(Fault) -> [TextReading] {
        try run()
        defer { readings = [] }
        return readings
    }

    /// Bytes of memory that it holds, the model's left out.
    package var memoryFootprint: Int { encoder.memoryFootprint }

    private func run() throws(Fault) {
        try encoder.run()
        for (index, sequence) in waiting.enumerated() {
            let states = encoder.states(of: index)
            var reading = TextReading()
            for head in textScorers.indices {
                try textScorers[head].score(states, into: &shares)
                reading.shares += shares
            }
            if tokenScorer != nil {
                try tokenScorer?.scoreTokens(states, into: &shares)
                reading.entities = labels.entities(sequence, shares)
            }
            readings.append(reading)
        }
        encoder.removeAll()
        waiting.removeAll(keepingCapacity: true)
    }
}

extension EncoderModel {
    /// The types of entities that its readings name.
    package var entityTypes: [String] {
        EntityLabels(heads.first { $0.kind == .token }?.labels ?? []).types
    }

    /// Where in a reading's shares those of a head for texts are.
    package func shares(of name: String) -> Range<Int>? {
        var first = 0
        for head in heads where head.kind == .sequence {
            if head.name == name { return first..<first + head.labels.count }
            first += head.labels.count
        }
        return nil
    }
}
