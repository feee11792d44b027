import Columnar
import TextAnalysis

/// The columns that `sentiment` adds, on their way.
final class SentimentColumns {
    private let score: ColumnBuilder
    private let label: ColumnBuilder
    private let positive: ColumnBuilder
    private let neutral: ColumnBuilder
    private let negative: ColumnBuilder
    private let confidence: ColumnBuilder
    /// The likeliest emotion, how sure it is, and the share of each.
    private let emotion: ColumnBuilder
    private let emotionConfidence: ColumnBuilder
    private let emotions: [ColumnBuilder]
    private let emotionNames: [[UInt8]]

    init(emotions names: [String], capacity: Int) {
        func floats() -> ColumnBuilder { ColumnBuilder(.float64, capacity: capacity) }
        score = floats()
        label = ColumnBuilder(.string, capacity: capacity)
        positive = floats()
        neutral = floats()
        negative = floats()
        confidence = floats()
        emotion = ColumnBuilder(.string, capacity: names.isEmpty ? 1 : capacity)
        emotionConfidence = ColumnBuilder(.float64, capacity: names.isEmpty ? 1 : capacity)
        emotions = names.map { _ in floats() }
        emotionNames = names.map { Array($0.utf8) }
    }

    /// Appends a row whose emotions are not known.
    func append(_ result: SentimentResult) {
        appendSentiment(result)
        appendNoEmotion()
    }

    func append(_ result: SentimentResult, emotions shares: ArraySlice<Float>) {
        appendSentiment(result)
        guard var best = shares.indices.first else { return appendNoEmotion() }
        for (index, builder) in zip(shares.indices, emotions) {
            if shares[index] > shares[best] { best = index }
            builder.append(Double(shares[index]))
        }
        emotion.append(emotionNames[best - shares.startIndex])
        emotionConfidence.append(Double(shares[best]))
    }

    func appendNull() {
        for column in [score, label, positive, neutral, negative, confidence] { column.appendNull() }
        appendNoEmotion()
    }

    /// Fills up to a row: the rows between are not selected, so what they hold is never read.
    func skip(to row: Int) {
        while score.count < row {
            for column in [score, positive, neutral, negative, confidence] { column.append(0.0) }
            append(label: "")
            appendNoEmotion()
        }
    }

    /// The columns, in the order of the plan's fields.
    func finish() -> [Column] {
        let always = [score, label, positive, neutral, negative, confidence]
        let all = emotions.isEmpty ? always : always + [emotion, emotionConfidence] + emotions
        return all.map { $0.finish() }
    }

    private func appendSentiment(_ result: SentimentResult) {
        score.append(result.score)
        switch result.label {
        case .positive: append(label: "positive")
        case .neutral: append(label: "neutral")
        case .negative: append(label: "negative")
        }
        positive.append(result.shares.positive)
        neutral.append(result.shares.neutral)
        negative.append(result.shares.negative)
        confidence.append(result.confidence)
    }

    private func appendNoEmotion() {
        guard !emotions.isEmpty else { return }
        emotion.appendNull()
        emotionConfidence.appendNull()
        for builder in emotions { builder.appendNull() }
    }

    private func append(label text: StaticString) {
        label.append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
