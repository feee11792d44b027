import CEncoderKernels
import Primitives

/// A layer's weights in 8 bits.
struct IntegerLayer: Sendable {
    let projection: PackedMatrix
    let output: PackedMatrix
    let up: PackedMatrix
    let down: PackedMatrix
    let weights: LayerVectors

    init(_ layer: EncoderWeights.Layer, _ shape: EncoderConfiguration, _ oneDNN: OneDNN) throws(Fault) {
        let (width, inner) = (shape.width, shape.innerWidth)
        projection = try PackedMatrix(layer.projection, columns: 3 * width, inner: width, oneDNN)
        output = try PackedMatrix(layer.output, columns: width, inner: width, oneDNN)
        up = try PackedMatrix(layer.up, columns: inner, inner: width, oneDNN)
        down = try PackedMatrix(layer.down, columns: width, inner: inner, oneDNN)
        weights = LayerVectors(layer)
    }
}

/// Memory for a pass in 8 bits, and the products of its shapes.
final class IntegerWork {
    let projection: IntegerProduct
    let output: IntegerProduct
    let up: IntegerProduct
    let down: IntegerProduct
    /// A block of rows in 8 bits, with the scale and zero point of each.
    let codes: AlignedMemory<UInt8>
    let scales: AlignedMemory<Float>
    let zeros: AlignedMemory<Int32>
    /// What a product gives, and what it stands for.
    let sums: AlignedMemory<Int32>
    let values: AlignedMemory<Float>

    /// - Parameter layers: at least one.
    init(_ shape: EncoderConfiguration, _ layers: [IntegerLayer], capacity: Int, _ oneDNN: OneDNN) throws(Fault) {
        projection = try IntegerProduct(like: layers[0].projection, oneDNN)
        output = try IntegerProduct(like: layers[0].output, oneDNN)
        up = try IntegerProduct(like: layers[0].up, oneDNN)
        down = try IntegerProduct(like: layers[0].down, oneDNN)
        let rows = IntegerProduct.blockRows
        let widest = max(3 * shape.width, shape.innerWidth)
        codes = AlignedMemory(count: rows * widest, zero: 0)
        scales = AlignedMemory(count: rows, zero: 0)
        zeros = AlignedMemory(count: rows, zero: 0)
        sums = AlignedMemory(count: rows * widest, zero: 0)
        values = AlignedMemory(count: rows * widest, zero: 0)
    }
}

// Every step works on a block of rows, so that what one step leaves is still near when the next begins.
extension Encoder {
    func run(_ layers: [IntegerLayer], _ work: IntegerWork) throws(Fault) {
        let (width, inner) = (model.shape.width, model.shape.innerWidth)
        let none = MARTLET_ACTIVATION_NONE
        clear(work.values.base, IntegerProduct.blockRows * width)
        forEachBlock { row, rows in
            addAndNormalise(states.base + row * width, work.values.base, rows, model.embeddingNorm)
        }
        for layer in layers {
            let vectors = layer.weights
            var text = 0
            try forEachBlock { row, rows throws(Fault) in
                try product(
                    states.base + row * width, rows, work.projection, layer.projection, vectors.projectionBias, none,
                    work, into: projected.base + row * 3 * width)
                // A text is attended to as soon as its last row is projected: while its rows are still near.
                while text < count, starts[text + 1] <= row + rows {
                    attend(text)
                    text += 1
                }
            }
            try forEachBlock { row, rows throws(Fault) in
                let states = states.base + row * width
                try product(
                    attended.base + row * width, rows, work.output, layer.output, vectors.outputBias, none, work,
                    into: work.values.base)
                addAndNormalise(states, work.values.base, rows, vectors.attentionNorm)
                try product(
                    states, rows, work.up, layer.up, vectors.upBias, activation, work, into: work.values.base)
                assert(inner <= work.values.count / IntegerProduct.blockRows, "a block has room for the inner width")
                try product(
                    work.values.base, rows, work.down, layer.down, vectors.downBias, none, work,
                    into: work.values.base)
                addAndNormalise(states, work.values.base, rows, vectors.outputNorm)
            }
        }
    }

    private func attend(_ text: Int) {
        let (width, tokens) = (model.shape.width, starts[text + 1] - starts[text])
        martlet_attend(
            projected.base + starts[text] * 3 * width, Int32(tokens), Int32(model.shape.heads),
            Int32(model.shape.headWidth), attentionScratch.base, attended.base + starts[text] * width)
    }

    /// Calls `body` with the first row of each block and how many of its rows are tokens.
    private func forEachBlock<Failure: Error>(
        _ body: (_ row: Int, _ rows: Int) throws(Failure) -> Void
    ) throws(Failure) {
        var row = 0
        while row < tokenCount {
            try body(row, min(IntegerProduct.blockRows, tokenCount - row))
            row += IntegerProduct.blockRows
        }
    }

    /// result = activation(input × weights + bias); the input is read before the result is written.
    private func product(
        _ input: UnsafePointer<Float>, _ rows: Int, _ product: IntegerProduct, _ matrix: PackedMatrix,
        _ bias: [Float], _ activation: martlet_activation, _ work: IntegerWork,
        into result: UnsafeMutablePointer<Float>
    ) throws(Fault) {
        martlet_quantise_rows(
            input, Int32(rows), Int32(matrix.inner), work.codes.base, work.scales.base, work.zeros.base)
        try product.multiply(work.codes.base, matrix, into: work.sums.base)
        bias.withUnsafeBufferPointer { bias in
            martlet_dequantise_rows(
                work.sums.base, Int32(rows), Int32(matrix.columns), work.scales.base, work.zeros.base,
                matrix.scales.base, matrix.sums.base, bias.baseAddress, activation, result)
        }
    }

    private func addAndNormalise(
        _ values: UnsafeMutablePointer<Float>, _ added: UnsafePointer<Float>, _ rows: Int, _ norm: EncoderWeights.Norm
    ) {
        norm.gain.withUnsafeBufferPointer { gain in
            norm.bias.withUnsafeBufferPointer { bias in
                martlet_add_and_normalise_rows(
                    values, added, Int32(rows), Int32(model.shape.width), gain.baseAddress, bias.baseAddress,
                    model.shape.epsilon)
            }
        }
    }

    private func clear(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        values.update(repeating: 0, count: count)
    }

    private var activation: martlet_activation {
        switch model.shape.activation {
        case .gelu: MARTLET_ACTIVATION_GELU
        case .geluTanh: MARTLET_ACTIVATION_GELU_TANH
        case .relu: MARTLET_ACTIVATION_RELU
        }
    }
}
