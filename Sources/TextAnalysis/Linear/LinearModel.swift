package import Primitives

/// A linear model over hashed features, its weights in 8 bits. Immutable, and shared by threads.
///
/// The logit of a class is `bias + dense · inputs + scale × (W / √w + R / √r)`: W is the sum of the class's weights at
/// the buckets of words, w how many these are; R and r the same of runs of bytes. Where there are none, w or r is 1.
package final class LinearModel: Sendable {
    package let labels: [String]
    /// What it reads besides the text: the lexicon's scores, or nothing.
    package let readsLexicon: Bool
    let bits: UInt64
    /// Bit `n`: runs of `n` bytes are features.
    let runLengths: UInt64
    /// A row for each bucket, filled up to `stride` classes.
    let weights: ConstantTable<Int8>
    let stride: Int
    let scales: [Float]
    let bias: [Float]
    /// A row for each input.
    let dense: [Float]

    private static let lexiconInputs = ["compound", "pos", "neg", "neu", "compound >= 0.05", "compound <= -0.05"]

    /// - Parameter read: gives the bytes of a file of the model's folder, `nil` if it is not there.
    /// - Throws: what is wrong with the folder, under a code that begins with `model.`; what `read` throws.
    package init(reading read: (_ name: String) throws(Fault) -> [UInt8]?) throws(Fault) {
        guard let configBytes = try read("config.json"), let weightBytes = try read("model.safetensors") else {
            throw Fault(
                "model.file_missing", "the model's folder has no `config.json` or no `model.safetensors`",
                hint: "a linear model has both")
        }
        let config: JSONTree
        do throws(Fault) {
            config = try configBytes.withUnsafeBufferPointer { bytes throws(Fault) in try JSONTree(parsing: bytes) }
        } catch {
            throw Fault("model.config", "the model's config.json is no JSON", detail: error.detail)
        }
        guard config["model_type"]?.string == "martlet-linear", let notes = config["martlet"],
            notes["features"]?.string == "hashed-1", notes["preprocessing"]?.string == "posts-1"
        else {
            throw Fault(
                "model.architecture", "this is no linear model over the features `hashed-1`",
                detail: "model_type `\(config["model_type"]?.string ?? "")`")
        }
        let labels = (notes["labels"]?.array ?? []).compactMap(\.string)
        let runs = (notes["runs"]?.array ?? []).compactMap(\.integer)
        let inputs = (notes["inputs"]?.array ?? []).compactMap(\.string)
        guard let bits = notes["bits"]?.integer, (1...24).contains(bits), (2...64).contains(labels.count),
            Set(labels).count == labels.count, !runs.isEmpty, runs.allSatisfy({ (1...16).contains($0) }),
            inputs.isEmpty || inputs == Self.lexiconInputs
        else { throw Fault("model.config", "the bits, runs, labels or inputs of the model's config are out of range") }
        self.labels = labels
        self.bits = UInt64(bits)
        readsLexicon = !inputs.isEmpty
        runLengths = runs.reduce(0) { $0 | 1 << UInt64($1) }

        let reader = WeightReader(try TensorFile(weightBytes))
        scales = try reader.vector("weight_scale", count: labels.count)
        bias = try reader.vector("bias", count: labels.count)
        dense =
            inputs.isEmpty
            ? []
            : try reader.matrix("dense.weight", rows: inputs.count, columns: labels.count)
                .dequantised(columns: labels.count)
        let bytes = try reader.bytes("weight", rows: 1 << bits, columns: labels.count)
        let stride = labels.count <= 4 ? 4 : labels.count <= 8 ? 8 : labels.count
        var padded = [Int8](repeating: 0, count: stride << bits)
        for bucket in 0..<1 << bits {
            for label in labels.indices { padded[bucket * stride + label] = bytes[bucket * labels.count + label] }
        }
        self.stride = stride
        weights = ConstantTable(padded)
    }

    deinit {
        weights.deallocate()
    }

    /// Bytes of memory.
    package var memoryFootprint: Int { weights.count }
}
