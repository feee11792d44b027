package import Primitives

/// The tensors of a `safetensors` file: a header of JSON with each tensor's type, shape and place, then their bytes
/// (huggingface.co/docs/safetensors, format of version 0.3).
///
/// Every statement of the header is checked before any tensor is read: what is there is whole.
package struct TensorFile: Sendable {
    /// What a tensor's numbers are.
    enum Kind: String, Sendable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case int8 = "I8"
        /// Positions and masks, which no model here reads.
        case int64 = "I64"

        var width: Int {
            switch self {
            case .float32: 4
            case .float16, .bfloat16: 2
            case .int8: 1
            case .int64: 8
            }
        }
    }

    struct Tensor: Sendable {
        var kind: Kind
        var shape: [Int]
        /// Where its bytes are in the file.
        var bytes: Range<Int>
    }

    /// Longer headers are refused, as the format says.
    private static let headerMax = 100_000_000

    private let bytes: [UInt8]
    private let tensors: [String: Tensor]

    /// - Throws: `model.tensors`: the file is truncated, damaged, or holds a type that is not read here.
    package init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count >= 8 else { throw Self.fault("it is shorter than its header", "\(bytes.count) bytes") }
        let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= Self.headerMax, length <= bytes.count - 8 else {
            throw Self.fault("it ends within its header", "a header of \(length) bytes in \(bytes.count)")
        }
        let start = 8 + Int(length)
        let header: JSONTree
        do throws(Fault) {
            header = try bytes.withUnsafeBufferPointer { all throws(Fault) in
                try JSONTree(parsing: UnsafeBufferPointer(rebasing: all[8..<start]))
            }
        } catch {
            throw Self.fault("its header is no JSON", error.detail)
        }
        guard let members = header.object else { throw Self.fault("its header is no JSON object", nil) }
        var tensors: [String: Tensor] = [:]
        for (name, value) in members where name != "__metadata__" {
            tensors[name] = try Self.tensor(name, value, start: start, end: bytes.count)
        }
        try Self.checkCover(tensors, start: start, end: bytes.count)
        self.bytes = bytes
        self.tensors = tensors
    }

    var names: some Collection<String> { tensors.keys }

    subscript(name: String) -> Tensor? { tensors[name] }

    /// A tensor's numbers as 32-bit floats.
    func floats(_ tensor: Tensor) -> [Float] {
        let count = tensor.bytes.count / tensor.kind.width
        return bytes.withUnsafeBytes { all in
            let source = UnsafeRawBufferPointer(rebasing: all[tensor.bytes])
            return [Float](unsafeUninitializedCapacity: count) { values, initialized in
                for index in 0..<count {
                    let value: Float =
                        switch tensor.kind {
                        case .float32:
                            Float(bitPattern: source.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                        case .float16:
                            Float(
                                Float16(bitPattern: source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
                        case .bfloat16:
                            Float(
                                bitPattern: UInt32(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                                    << 16)
                        case .int8: Float(Int8(bitPattern: source[index]))
                        case .int64: Float(source.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                        }
                    values.initializeElement(at: index, to: value)
                }
                initialized = count
            }
        }
    }

    /// The numbers of a tensor of kind `int8`.
    func integers(_ tensor: Tensor) -> [Int8] {
        bytes[tensor.bytes].map { Int8(bitPattern: $0) }
    }

    private static func tensor(_ name: String, _ value: JSONTree, start: Int, end: Int) throws(Fault) -> Tensor {
        guard let type = value["dtype"]?.string, let dimensions = value["shape"]?.array,
            let offsets = value["data_offsets"]?.array, offsets.count == 2, let first = offsets[0].integer,
            let last = offsets[1].integer
        else { throw fault("the header says too little of tensor `\(name)`", nil) }
        guard let kind = Kind(rawValue: type) else {
            throw fault("tensor `\(name)` is of type \(type)", "F32, F16, BF16 and I8 are read here")
        }
        var size = kind.width
        var shape: [Int] = []
        for dimension in dimensions {
            guard let count = dimension.integer, count >= 0 else {
                throw fault("tensor `\(name)` has a shape that is no list of counts", nil)
            }
            let product = size.multipliedReportingOverflow(by: count)
            guard !product.overflow else { throw fault("tensor `\(name)` is too large", nil) }
            size = product.partialValue
            shape.append(count)
        }
        guard first >= 0, first <= last, last <= end - start else {
            throw fault(
                "it ends within tensor `\(name)`", "bytes \(first) to \(last) of \(end - start)")
        }
        guard last - first == size else {
            throw fault(
                "tensor `\(name)` of shape \(shape) and type \(type) takes \(size) bytes, not \(last - first)", nil)
        }
        return Tensor(kind: kind, shape: shape, bytes: start + first..<start + last)
    }

    /// The tensors lie one behind another, to the end of the file.
    private static func checkCover(_ tensors: [String: Tensor], start: Int, end: Int) throws(Fault) {
        var position = start
        for (name, tensor) in tensors.sorted(by: {
            ($0.value.bytes.lowerBound, $0.value.bytes.upperBound) < (
                $1.value.bytes.lowerBound, $1.value.bytes.upperBound
            )
        }) {
            guard tensor.bytes.lowerBound == position else {
                throw fault("tensor `\(name)` does not begin where the one before it ends", nil)
            }
            position = tensor.bytes.upperBound
        }
        guard position == end else { throw fault("\(end - position) bytes belong to no tensor", nil) }
    }

    private static func fault(_ what: String, _ detail: String?) -> Fault {
        Fault(
            "model.tensors", "the weights are no whole safetensors file: \(what)", detail: detail,
            hint: "copy the file again; its checksum is in the model's card")
    }
}
