import CEncoderKernels
package import Primitives

/// Computes the states of texts' tokens: the forward pass of BERT (Devlin et al. 2018). Several texts are one pass,
/// packed one behind another without padding. Used from one thread; it shares the model with others.
package final class Encoder {
    /// Tokens that make a pass worth its cost. A longer text is a pass of its own.
    private static let passTokens = 256

    let model: EncoderModel
    let oneDNN: OneDNN
    /// Rows that the memory below has.
    let capacity: Int
    /// A row for each token of the pass.
    let states: AlignedMemory<Float>
    /// Queries, keys and values, and what attention makes of them.
    let projected: AlignedMemory<Float>
    let attended: AlignedMemory<Float>
    let attentionScratch: AlignedMemory<Float>
    var work: Work

    /// The memory that each precision needs besides.
    enum Work {
        case floats(FloatWork)
        case integers(IntegerWork)
    }

    /// Where each text of the pass begins, and where the last one ends.
    private(set) var starts = [0]

    /// - Throws: `model.arithmetic`.
    package init(_ model: EncoderModel) throws(Fault) {
        self.model = model
        oneDNN = try OneDNN()
        let shape = model.shape
        let tokens = max(Self.passTokens, shape.tokensMax)
        capacity = (tokens + IntegerProduct.blockRows - 1) / IntegerProduct.blockRows * IntegerProduct.blockRows
        states = AlignedMemory(count: capacity * shape.width, zero: 0)
        projected = AlignedMemory(count: capacity * shape.width * 3, zero: 0)
        attended = AlignedMemory(count: capacity * shape.width, zero: 0)
        let headWidth = (shape.headWidth + 15) / 16 * 16
        attentionScratch = AlignedMemory(count: (2 * headWidth + 4) * capacity + 4 * headWidth, zero: 0)
        switch model.layers {
        case .floats: work = .floats(FloatWork(shape, capacity: capacity))
        case .integers(let layers): work = .integers(try IntegerWork(shape, layers, capacity: capacity, oneDNN))
        }
    }

    /// Texts of the pass.
    package var count: Int { starts.count - 1 }

    var tokenCount: Int { starts[starts.count - 1] }

    /// Forgets the texts of the pass.
    package func removeAll() {
        starts.removeLast(starts.count - 1)
    }

    /// Adds a text to the pass, unless the pass has enough: then it is to run first.
    /// - Parameter sequence: at most `tokensMax` tokens, at least one.
    /// - Returns: whether it was added.
    package func append(_ sequence: TokenSequence) -> Bool {
        let first = tokenCount
        guard count == 0 || first + sequence.count <= Self.passTokens else { return false }
        precondition(sequence.count <= model.tokensMax, "a text is cut to the tokens of the model")
        embed(sequence, at: first)
        starts.append(first + sequence.count)
        return true
    }

    /// Computes the states of the texts of the pass.
    /// - Throws: `model.arithmetic`.
    package func run() throws(Fault) {
        guard count > 0 else { return }
        OneDNN.stayOnThisThread()
        switch (model.layers, work) {
        case (.floats(let layers), .floats(let work)): try run(layers, work)
        case (.integers(let layers), .integers(let work)): try run(layers, work)
        default: preconditionFailure("an encoder's work memory is of its model's precision")
        }
    }

    /// The states of a text, a row for each token, one behind another; until the next pass.
    package func states(of text: Int) -> UnsafeBufferPointer<Float> {
        let width = model.shape.width
        return UnsafeBufferPointer(
            start: states.base + starts[text] * width, count: (starts[text + 1] - starts[text]) * width)
    }

    /// Bytes of memory that it holds, the model's left out.
    package var memoryFootprint: Int {
        states.byteCount + projected.byteCount + attended.byteCount + attentionScratch.byteCount
            + (capacity + 4 * IntegerProduct.blockRows) * model.shape.innerWidth
    }

    /// The sum of the embeddings of each token, its position and its type.
    private func embed(_ sequence: TokenSequence, at first: Int) {
        let shape = model.shape
        let width = shape.width
        for (index, id) in sequence.ids.enumerated() {
            let row = states.base + (first + index) * width
            let position = (shape.positionOffset + index) * width
            let type = shape.typesAreShapes ? Int(sequence.shapes[index].rawValue) * width : 0
            model.positions.withUnsafeBufferPointer { positions in
                model.types.withUnsafeBufferPointer { types in
                    for column in 0..<width { row[column] = positions[position + column] + types[type + column] }
                }
            }
            model.words.addRow(Int(id), width, to: row)
        }
    }
}

extension SourceMatrix {
    /// Adds a row's numbers.
    fileprivate func addRow(_ number: Int, _ width: Int, to target: UnsafeMutablePointer<Float>) {
        switch self {
        case .floats(let values):
            values.withUnsafeBufferPointer { values in
                for column in 0..<width { target[column] += values[number * width + column] }
            }
        case .integers(let values, let scales):
            values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                martlet_add_codes(base + number * width, scales[number], Int32(width), target)
            }
        }
    }
}
