package import Primitives

/// What is kept as bytes, by checkpoints and between subtasks: the same bytes on any machine, numbers little-endian.
package protocol Serializable {
    /// What it is called, for the fault.
    static var name: String { get }

    /// The first byte; `nil` for what has its place within another form and no version of its own.
    static var version: UInt8? { get }

    /// Appends all but the version.
    func append(to writer: inout ByteWriter)

    /// Reads what `append` wrote. Throws what a reader throws at anything else.
    init(_ reader: inout ByteReader) throws(Fault)
}

extension Serializable {
    /// Bytes from which `init(serialized:)` makes the value again.
    package func serialized() -> [UInt8] {
        var writer = ByteWriter()
        if let version = Self.version { writer.append(version) }
        append(to: &writer)
        return writer.bytes
    }

    /// Reads what `serialized()` wrote; anything else, bytes behind it too, is refused.
    package init(serialized bytes: [UInt8]) throws(Fault) {
        do throws(Fault) {
            self = try bytes.read { (reader) throws(Fault) in
                if let version = Self.version, try reader.read(UInt8.self) != version { throw ByteReader.fault }
                let value = try Self(&reader)
                guard reader.isAtEnd else { throw ByteReader.fault }
                return value
            }
        } catch {
            throw Fault(
                "sketch.corrupt", "the bytes are no \(Self.name) of a version this build reads", domain: .internal)
        }
    }
}
