import Columnar
import Primitives

/// Writes types and fields as bytes: a byte for the kind, then what it is made of.
enum TypeCodec {
    /// Types within types; more is no schema but damage.
    private static let depthMax = 16

    static func encode(_ fields: [Field], into writer: inout ByteWriter) {
        writer.append(varint: UInt64(fields.count))
        for field in fields {
            writer.append(field.name)
            encode(field.type, into: &writer)
            writer.append(UInt8(field.isNullable ? 1 : 0))
        }
    }

    static func decodeFields(_ reader: inout ByteReader, depth: Int = 0) throws(Fault) -> [Field] {
        guard depth < depthMax else { throw ByteReader.fault }
        var fields: [Field] = []
        for _ in 0..<(try reader.readCount(width: 3)) {
            let name = try reader.readText()
            let type = try decodeType(&reader, depth: depth)
            fields.append(Field(name, type, isNullable: try reader.read(UInt8.self) != 0))
        }
        return fields
    }

    private static func encode(_ type: DataType, into writer: inout ByteWriter) {
        switch type {
        case .bool: writer.append(UInt8(1))
        case .int64: writer.append(UInt8(2))
        case .float64: writer.append(UInt8(3))
        case .string: writer.append(UInt8(4))
        case .bytes: writer.append(UInt8(5))
        case .timestamp: writer.append(UInt8(6))
        case .list(let element):
            writer.append(UInt8(7))
            encode(element, into: &writer)
        case .struct(let fields):
            writer.append(UInt8(8))
            encode(fields, into: &writer)
        }
    }

    private static func decodeType(_ reader: inout ByteReader, depth: Int) throws(Fault) -> DataType {
        guard depth < depthMax else { throw ByteReader.fault }
        switch try reader.read(UInt8.self) {
        case 1: return .bool
        case 2: return .int64
        case 3: return .float64
        case 4: return .string
        case 5: return .bytes
        case 6: return .timestamp
        case 7: return .list(try decodeType(&reader, depth: depth + 1))
        case 8: return .struct(try decodeFields(&reader, depth: depth + 1))
        default: throw ByteReader.fault
        }
    }
}

extension TypeCodec {
    /// Stands for a schema in a block's header.
    static func hash(_ schema: Schema) -> UInt64 {
        var writer = ByteWriter()
        encode(schema.fields, into: &writer)
        return writer.bytes.withUnsafeBytes { Hashing.hash64($0) }
    }
}
