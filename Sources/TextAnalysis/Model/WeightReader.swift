import Primitives

/// A matrix as the file has it: a row for each output.
enum SourceMatrix: Sendable {
    case floats([Float])
    /// 8-bit numbers, and what to multiply each row by.
    case integers([Int8], scales: [Float])

    /// The numbers themselves.
    func dequantised(columns: Int) -> [Float] {
        switch self {
        case .floats(let values): return values
        case .integers(let values, let scales):
            var result = [Float](repeating: 0, count: values.count)
            for index in values.indices { result[index] = Float(values[index]) * scales[index / columns] }
            return result
        }
    }

    /// The same in 8 bits: each row by its own largest number.
    func quantised(columns: Int) -> (values: [Int8], scales: [Float]) {
        switch self {
        case .integers(let values, let scales): return (values, scales)
        case .floats(let floats):
            let rows = floats.count / max(1, columns)
            var values = [Int8](repeating: 0, count: floats.count)
            var scales = [Float](repeating: 0, count: rows)
            for row in 0..<rows {
                let range = row * columns..<(row + 1) * columns
                let largest = floats[range].reduce(0) { max($0, abs($1)) }
                let scale = largest / 127
                scales[row] = scale
                guard scale > 0 else { continue }
                for index in range {
                    values[index] = Int8(max(-127, min(127, (floats[index] / scale).rounded())))
                }
            }
            return (values, scales)
        }
    }

    /// Several matrices of the same columns as one, the rows of the first first.
    static func stacked(_ parts: [SourceMatrix], columns: Int) -> SourceMatrix {
        let isInteger = parts.allSatisfy { if case .integers = $0 { true } else { false } }
        guard isInteger else { return .floats(parts.flatMap { $0.dequantised(columns: columns) }) }
        let quantised = parts.map { $0.quantised(columns: columns) }
        return .integers(quantised.flatMap(\.values), scales: quantised.flatMap(\.scales))
    }
}

/// Reads the tensors of a model by name, each checked for its shape and for numbers that are none.
struct WeightReader {
    let file: TensorFile
    /// Stands before every name of the encoder: `bert.`, or nothing.
    let prefix: String

    init(_ file: TensorFile, _ family: EncoderConfiguration.Family) {
        self.file = file
        let named = family.rawValue + "."
        prefix = file[named + "embeddings.word_embeddings.weight"] == nil ? "" : named
    }

    /// For tensors without a family's prefix.
    init(_ file: TensorFile) {
        self.file = file
        prefix = ""
    }

    /// A matrix that the file must have in 8 bits, without its scales.
    /// - Throws: `model.tensor_missing`, `model.shape`.
    func bytes(_ name: String, rows: Int, columns: Int) throws(Fault) -> [Int8] {
        guard let (name, tensor) = first([name]) else { throw missing(name) }
        try check(name, tensor, [rows, columns])
        guard tensor.kind == .int8 else {
            throw Fault("model.shape", "tensor `\(name)` is of type \(tensor.kind.rawValue), not I8")
        }
        return file.integers(tensor)
    }

    /// - Throws: `model.tensor_missing`, `model.shape`, `model.value`.
    func vector(_ names: String..., count: Int) throws(Fault) -> [Float] {
        guard let (name, tensor) = first(names) else { throw missing(names[0]) }
        try check(name, tensor, [count])
        return try finite(name, tensor)
    }

    /// A matrix of some rows and columns; in 8 bits where the file has it so.
    /// - Throws: `model.tensor_missing`, `model.shape`, `model.value`.
    func matrix(_ name: String, rows: Int, columns: Int) throws(Fault) -> SourceMatrix {
        guard let (name, tensor) = first([name]) else { throw missing(name) }
        try check(name, tensor, [rows, columns])
        guard tensor.kind == .int8 else { return .floats(try finite(name, tensor)) }
        let scaleName = name + "_scale"
        guard let scale = file[scaleName] else { throw missing(scaleName) }
        try check(scaleName, scale, [rows])
        return .integers(file.integers(tensor), scales: try finite(scaleName, scale))
    }

    /// Whether the file has tensors whose names begin in a way.
    func hasTensors(_ beginning: String) -> Bool { file.names.contains { $0.hasPrefix(prefix + beginning) } }

    private func first(_ names: [String]) -> (String, TensorFile.Tensor)? {
        for name in names {
            for full in [prefix + name, name] {
                if let tensor = file[full] { return (full, tensor) }
            }
        }
        return nil
    }

    private func missing(_ name: String) -> Fault {
        Fault(
            "model.tensor_missing", "the weights have no tensor `\(name)`",
            detail:
                "there are \(file.names.count) tensors, such as \(file.names.sorted().prefix(3).joined(separator: ", "))",
            hint: "the config must be that of the weights")
    }

    private func check(_ name: String, _ tensor: TensorFile.Tensor, _ shape: [Int]) throws(Fault) {
        guard tensor.shape == shape else {
            throw Fault(
                "model.shape", "tensor `\(name)` has shape \(tensor.shape), the config asks for \(shape)",
                hint: "the config must be that of the weights")
        }
    }

    private func finite(_ name: String, _ tensor: TensorFile.Tensor) throws(Fault) -> [Float] {
        let values = file.floats(tensor)
        guard values.allSatisfy(\.isFinite) else {
            throw Fault("model.value", "tensor `\(name)` holds numbers that are infinite or none")
        }
        return values
    }
}
