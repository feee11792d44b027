import Glibc

/// Asks a linear model about texts. Its memory is used again; used from one thread.
package struct LinearScorer {
    package let model: LinearModel
    private var features = HashedFeatures()
    private var wordSums: [Int32]
    private var runSums: [Int32]
    /// The shares of the labels of the text last scored; they sum to 1.
    package private(set) var shares: [Float]

    package init(_ model: LinearModel) {
        self.model = model
        wordSums = Array(repeating: 0, count: model.stride)
        runSums = wordSums
        shares = Array(repeating: 0, count: model.labels.count)
    }

    /// Scores a text.
    /// - Parameter lexicon: what VADER says of it, for a model that reads that.
    package mutating func score(_ text: UnsafeBufferPointer<UInt8>, lexicon: VaderScores? = nil) {
        let logits = logits(text, lexicon)
        var most = logits[0]
        for logit in logits { most = max(most, logit) }
        var sum: Float = 0
        for index in shares.indices {
            shares[index] = expf(logits[index] - most)
            sum += shares[index]
        }
        for index in shares.indices { shares[index] /= sum }
    }

    /// The likeliest label's position; of equals the first.
    package var best: Int {
        var best = 0
        for index in shares.indices where shares[index] > shares[best] { best = index }
        return best
    }

    /// The sums of the weights of words and of runs, each with how many features there are, and the logits.
    mutating func logits(_ text: UnsafeBufferPointer<UInt8>, _ lexicon: VaderScores?) -> [Float] {
        features.read(text, bits: model.bits)
        for index in wordSums.indices { (wordSums[index], runSums[index]) = (0, 0) }
        let runs = addUp()
        let wordFactor = 1 / Float(max(1, features.words.count)).squareRoot()
        let runFactor = 1 / Float(max(1, runs)).squareRoot()
        var logits = model.bias
        for label in logits.indices {
            logits[label] +=
                model.scales[label] * (Float(wordSums[label]) * wordFactor + Float(runSums[label]) * runFactor)
        }
        guard model.readsLexicon, let lexicon else { return logits }
        let inputs = [
            lexicon.compound, lexicon.positive, lexicon.negative, lexicon.neutral, lexicon.compound >= 0.05 ? 1 : 0,
            lexicon.compound <= -0.05 ? 1 : 0,
        ]
        for (index, input) in inputs.enumerated() {
            for label in logits.indices { logits[label] += Float(input) * model.dense[index * logits.count + label] }
        }
        return logits
    }

    /// Adds the weights up; returns how many runs there are.
    private mutating func addUp() -> Int {
        let base = model.weights.base
        var runs = 0
        switch model.stride {
        case 4:
            var sums = SIMD4<Int32>()
            for bucket in features.words { sums &+= Self.four(base + Int(bucket) * 4) }
            for label in 0..<4 { wordSums[label] = sums[label] }
            sums = SIMD4<Int32>()
            features.forEachRun(model.runLengths, bits: model.bits) { bucket in
                sums &+= Self.four(base + Int(bucket) * 4)
                runs += 1
            }
            for label in 0..<4 { runSums[label] = sums[label] }
        case 8:
            var sums = SIMD8<Int32>()
            for bucket in features.words { sums &+= Self.eight(base + Int(bucket) * 8) }
            for label in 0..<8 { wordSums[label] = sums[label] }
            sums = SIMD8<Int32>()
            features.forEachRun(model.runLengths, bits: model.bits) { bucket in
                sums &+= Self.eight(base + Int(bucket) * 8)
                runs += 1
            }
            for label in 0..<8 { runSums[label] = sums[label] }
        default:
            let stride = model.stride
            for bucket in features.words {
                for label in 0..<stride { wordSums[label] &+= Int32(base[Int(bucket) * stride + label]) }
            }
            var sums = runSums
            features.forEachRun(model.runLengths, bits: model.bits) { bucket in
                for label in 0..<stride { sums[label] &+= Int32(base[Int(bucket) * stride + label]) }
                runs += 1
            }
            runSums = sums
        }
        return runs
    }

    @inline(__always)
    private static func four(_ pointer: UnsafePointer<Int8>) -> SIMD4<Int32> {
        SIMD4<Int32>(
            truncatingIfNeeded: UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Int8>.self))
    }

    @inline(__always)
    private static func eight(_ pointer: UnsafePointer<Int8>) -> SIMD8<Int32> {
        SIMD8<Int32>(
            truncatingIfNeeded: UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Int8>.self))
    }

    // What a test compares with the trainer's.
    var lastWords: [UInt32] { features.words }
    var lastBytes: [UInt8] { features.bytes }
    var lastSums: (words: [Int32], runs: [Int32]) { (wordSums, runSums) }
}
