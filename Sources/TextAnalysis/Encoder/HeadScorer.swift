import Glibc
package import Primitives

/// Turns the states of a text into the shares of a head's labels. Its memory is used again; used from one thread.
package struct HeadScorer {
    package let head: EncoderHead
    private let width: Int
    private var pooled: [Float]
    private var hidden: [Float]
    private var rows: [Float] = []

    package init(_ head: EncoderHead, _ model: EncoderModel) {
        self.head = head
        width = model.shape.width
        pooled = Array(repeating: 0, count: width)
        hidden = pooled
    }

    /// The shares of a text's labels, which sum to 1; they replace what is in `shares`.
    /// - Parameter states: a row for each token.
    /// - Throws: `model.arithmetic`.
    package mutating func score(_ states: UnsafeBufferPointer<Float>, into shares: inout [Float]) throws(Fault) {
        pool(states)
        for layer in head.dense {
            try linear(layer.weight, layer.bias, pooled, 1, into: &hidden)
            switch layer.activation {
            case .tanh: for index in hidden.indices { hidden[index] = tanhf(hidden[index]) }
            case .relu: for index in hidden.indices { hidden[index] = max(0, hidden[index]) }
            }
            swap(&hidden, &pooled)
        }
        shares.removeAll(keepingCapacity: true)
        shares.append(contentsOf: repeatElement(0, count: head.labels.count))
        try linear(head.weight, head.bias, pooled, 1, into: &shares)
        Self.softmax(&shares, 0..<shares.count)
    }

    /// The shares of the labels of each token, one token behind another; they replace what is in `shares`.
    /// - Throws: `model.arithmetic`.
    package mutating func scoreTokens(_ states: UnsafeBufferPointer<Float>, into shares: inout [Float]) throws(Fault) {
        let tokens = states.count / width
        let labels = head.labels.count
        shares.removeAll(keepingCapacity: true)
        shares.append(contentsOf: repeatElement(0, count: tokens * labels))
        rows.removeAll(keepingCapacity: true)
        rows.append(contentsOf: states)
        try linear(head.weight, head.bias, rows, tokens, into: &shares)
        for token in 0..<tokens { Self.softmax(&shares, token * labels..<(token + 1) * labels) }
    }

    private mutating func pool(_ states: UnsafeBufferPointer<Float>) {
        switch head.pooling {
        case .cls:
            for column in 0..<width { pooled[column] = states[column] }
        case .mean:
            let tokens = states.count / width
            pooled.withUnsafeMutableBufferPointer { pooled in
                pooled.update(repeating: 0)
                for token in 0..<tokens {
                    for column in pooled.indices { pooled[column] += states[token * width + column] }
                }
                for column in pooled.indices { pooled[column] /= Float(tokens) }
            }
        }
    }

    /// result = input × weightᵀ + bias
    private func linear(
        _ weight: [Float], _ bias: [Float], _ input: [Float], _ rows: Int, into result: inout [Float]
    ) throws(Fault) {
        let columns = bias.count
        let width = width
        try weight.withUnsafeBufferPointer { weight throws(Fault) in
            try input.withUnsafeBufferPointer { input throws(Fault) in
                try result.withUnsafeMutableBufferPointer { result throws(Fault) in
                    guard let weight = weight.baseAddress, let input = input.baseAddress,
                        let result = result.baseAddress
                    else { return }
                    try OneDNN.multiply(
                        input, stride: width, weight, stride: width, transposed: true, rows: rows, inner: width,
                        columns: columns, into: result, stride: columns)
                    for row in 0..<rows {
                        for column in 0..<columns { result[row * columns + column] += bias[column] }
                    }
                }
            }
        }
    }

    private static func softmax(_ values: inout [Float], _ range: Range<Int>) {
        var most = -Float.infinity
        for index in range { most = max(most, values[index]) }
        var sum: Float = 0
        for index in range {
            values[index] = expf(values[index] - most)
            sum += values[index]
        }
        for index in range { values[index] /= sum }
    }
}
