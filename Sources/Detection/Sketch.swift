package import Primitives

/// A summary of many values in bounded memory: summaries of parts merge into that of the whole.
package protocol Sketch {
    /// Takes in what another sketch, made with the same parameters, has seen.
    mutating func merge(_ other: Self)

    /// Bytes from which `init(serialized:)` makes the sketch again, on any machine.
    func serialized() -> [UInt8]

    /// Reads what `serialized()` wrote; anything else is refused.
    init(serialized bytes: [UInt8]) throws(Fault)

    /// Bytes that it holds outside of its own stride.
    var memoryFootprint: Int { get }
}

/// Writes a sketch: integers little-endian, one after another.
struct SketchWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A floating-point number by its bits.
    mutating func append(_ value: Double) {
        append(value.bitPattern)
    }

    mutating func append(_ run: [UInt8]) {
        bytes.append(contentsOf: run)
    }
}

/// Reads what `SketchWriter` wrote; bytes that end too early are no sketch.
struct SketchReader {
    private var rest: ArraySlice<UInt8>
    private let name: String

    /// `name` is the sketch's, for the fault.
    init(_ bytes: [UInt8], _ name: String) {
        rest = bytes[...]
        self.name = name
    }

    var isAtEnd: Bool { rest.isEmpty }
    var fault: Fault {
        Fault("sketch.corrupt", "the bytes are no \(name) of a version this build reads", domain: .internal)
    }

    mutating func read<Value: FixedWidthInteger>(_ type: Value.Type) throws(Fault) -> Value {
        let width = Value.bitWidth / 8
        return try read(width).reversed().reduce(Value(0)) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    /// A floating-point number that is finite; no summary holds another.
    mutating func readFinite() throws(Fault) -> Double {
        let value = Double(bitPattern: try read(UInt64.self))
        guard value.isFinite else { throw fault }
        return value
    }

    /// The next `count` bytes.
    mutating func read(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw fault }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
