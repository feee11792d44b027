import Glibc
import Primitives

/// A layer's weights in float.
struct FloatLayer: Sendable {
    let projection: [Float]
    let output: [Float]
    let up: [Float]
    let down: [Float]
    let weights: LayerVectors

    init(_ layer: EncoderWeights.Layer, _ shape: EncoderConfiguration) {
        projection = layer.projection.dequantised(columns: shape.width)
        output = layer.output.dequantised(columns: shape.width)
        up = layer.up.dequantised(columns: shape.width)
        down = layer.down.dequantised(columns: shape.innerWidth)
        weights = LayerVectors(layer)
    }
}

/// A layer's biases and norms.
struct LayerVectors: Sendable {
    let projectionBias: [Float]
    let outputBias: [Float]
    let upBias: [Float]
    let downBias: [Float]
    let attentionNorm: EncoderWeights.Norm
    let outputNorm: EncoderWeights.Norm

    init(_ layer: EncoderWeights.Layer) {
        projectionBias = layer.projectionBias
        outputBias = layer.outputBias
        upBias = layer.upBias
        downBias = layer.downBias
        attentionNorm = layer.attentionNorm
        outputNorm = layer.outputNorm
    }
}

/// Memory for a pass in float.
final class FloatWork {
    let inner: AlignedMemory<Float>
    let added: AlignedMemory<Float>
    let scores: AlignedMemory<Float>

    init(_ shape: EncoderConfiguration, capacity: Int) {
        inner = AlignedMemory(count: capacity * shape.innerWidth, zero: 0)
        added = AlignedMemory(count: capacity * shape.width, zero: 0)
        scores = AlignedMemory(count: capacity * capacity, zero: 0)
    }
}

// The reference: each step as the paper writes it, none of it shared with the fast path.
extension Encoder {
    func run(_ layers: [FloatLayer], _ work: FloatWork) throws(Fault) {
        let (rows, width) = (tokenCount, model.shape.width)
        normalise(states.base, rows, model.embeddingNorm)
        for layer in layers {
            let vectors = layer.weights
            try linear(
                states.base, rows, width, layer.projection, vectors.projectionBias, into: projected.base)
            for text in 0..<count { try attend(text, work) }
            try linear(attended.base, rows, width, layer.output, vectors.outputBias, into: work.added.base)
            for index in 0..<rows * width { states.base[index] += work.added.base[index] }
            normalise(states.base, rows, vectors.attentionNorm)
            try linear(states.base, rows, width, layer.up, vectors.upBias, into: work.inner.base)
            activate(work.inner.base, rows * model.shape.innerWidth)
            try linear(
                work.inner.base, rows, model.shape.innerWidth, layer.down, vectors.downBias, into: work.added.base)
            for index in 0..<rows * width { states.base[index] += work.added.base[index] }
            normalise(states.base, rows, vectors.outputNorm)
        }
    }

    /// result = input × weightᵀ + bias
    private func linear(
        _ input: UnsafePointer<Float>, _ rows: Int, _ inner: Int, _ weight: [Float], _ bias: [Float],
        into result: UnsafeMutablePointer<Float>
    ) throws(Fault) {
        let columns = bias.count
        try weight.withUnsafeBufferPointer { weight throws(Fault) in
            guard let base = weight.baseAddress else { return }
            try OneDNN.multiply(
                input, stride: inner, base, stride: inner, transposed: true, rows: rows, inner: inner,
                columns: columns, into: result, stride: columns)
        }
        for row in 0..<rows {
            for column in 0..<columns { result[row * columns + column] += bias[column] }
        }
    }

    private func attend(_ text: Int, _ work: FloatWork) throws(Fault) {
        let (width, head) = (model.shape.width, model.shape.headWidth)
        let (first, tokens) = (starts[text], starts[text + 1] - starts[text])
        for number in 0..<model.shape.heads {
            let queries = projected.base + first * 3 * width + number * head
            let scores = work.scores.base
            try OneDNN.multiply(
                queries, stride: 3 * width, queries + width, stride: 3 * width, transposed: true, rows: tokens,
                inner: head, columns: tokens, factor: 1 / Float(head).squareRoot(), into: scores, stride: tokens)
            for row in 0..<tokens { softmax(scores + row * tokens, tokens) }
            try OneDNN.multiply(
                scores, stride: tokens, queries + 2 * width, stride: 3 * width, transposed: false, rows: tokens,
                inner: tokens, columns: head, into: attended.base + first * width + number * head, stride: width)
        }
    }

    private func softmax(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
        var most = row[0]
        for index in 1..<max(1, count) { most = max(most, row[index]) }
        var sum: Float = 0
        for index in 0..<count {
            row[index] = expf(row[index] - most)
            sum += row[index]
        }
        for index in 0..<count { row[index] /= sum }
    }

    private func normalise(_ values: UnsafeMutablePointer<Float>, _ rows: Int, _ norm: EncoderWeights.Norm) {
        let width = model.shape.width
        for row in 0..<rows {
            let values = values + row * width
            var sum: Float = 0
            for column in 0..<width { sum += values[column] }
            let mean = sum / Float(width)
            var squares: Float = 0
            for column in 0..<width { squares += (values[column] - mean) * (values[column] - mean) }
            let deviation = (squares / Float(width) + model.shape.epsilon).squareRoot()
            for column in 0..<width {
                values[column] = (values[column] - mean) / deviation * norm.gain[column] + norm.bias[column]
            }
        }
    }

    private func activate(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        switch model.shape.activation {
        case .gelu:
            for index in 0..<count { values[index] *= 0.5 * (1 + erff(values[index] * Float(0.5).squareRoot())) }
        case .geluTanh:
            let factor = (2 / Float.pi).squareRoot()
            for index in 0..<count {
                let value = values[index]
                values[index] = 0.5 * value * (1 + tanhf(factor * (value + 0.044715 * value * value * value)))
            }
        case .relu:
            for index in 0..<count { values[index] = max(0, values[index]) }
        }
    }
}
