package import Columnar
package import Primitives

/// Reads Avro schemas (`.avsc`, Avro 1.11 specification) as the types of JSON records.
///
/// A union with null is a nullable field; a default makes an absent field take it. `int` and `long` are 64-bit
/// integers, `float` and `double` 64-bit floats, `enum` and `uuid` strings; the logical types `timestamp-millis` and
/// `timestamp-micros` say what a number in a time's place counts.
package enum AvroSchemaReader {
    /// Reads a schema's text; its top must be a record.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> Schema {
        let document = try JSONValue.parse(bytes)
        var names: [String: DataType] = [:]
        guard document["type"]?.string == "record", case .struct(let fields) = try type(document, at: "$", &names).type
        else {
            throw Fault("avro.record", "the schema is no record", hint: "its top is { \"type\": \"record\", … }")
        }
        return Schema(fields)
    }

    private struct Typed {
        var type: DataType
        var isNullable = false
        var timeUnit = FieldDecoding.TimeUnit.milliseconds
    }

    private static func type(
        _ value: JSONValue, at path: String, _ names: inout [String: DataType]
    ) throws(Fault) -> Typed {
        switch value {
        case .string(let name): return try named(name, at: path, names)
        case .array(let branches): return try union(branches, at: path, &names)
        case .object: return try complex(value, at: path, &names)
        default: throw fault("a type is a name, an object or an array", at: path)
        }
    }

    private static func named(
        _ name: String, at path: String, _ names: [String: DataType]
    ) throws(Fault) -> Typed {
        switch name {
        case "boolean": return Typed(type: .bool)
        case "int", "long": return Typed(type: .int64)
        case "float", "double": return Typed(type: .float64)
        case "string": return Typed(type: .string)
        case "bytes": return Typed(type: .bytes)
        default:
            guard let type = names[name] else { throw fault("no type `\(name)`", at: path) }
            return Typed(type: type)
        }
    }

    private static func union(
        _ branches: [JSONValue], at path: String, _ names: inout [String: DataType]
    ) throws(Fault) -> Typed {
        let others = branches.filter { $0.string != "null" }
        guard others.count == 1 else {
            throw fault("a union is of null and one other type here", at: path)
        }
        var typed = try type(others[0], at: path, &names)
        typed.isNullable = typed.isNullable || others.count < branches.count
        return typed
    }

    private static func complex(
        _ value: JSONValue, at path: String, _ names: inout [String: DataType]
    ) throws(Fault) -> Typed {
        switch value["logicalType"]?.string {
        case "timestamp-millis": return Typed(type: .timestamp, timeUnit: .milliseconds)
        case "timestamp-micros": return Typed(type: .timestamp, timeUnit: .microseconds)
        default: break
        }
        guard let kind = value["type"] else { throw fault("an object has no `type`", at: path) }
        switch kind.string {
        case "record":
            let type = DataType.struct(try fields(value, at: path, &names))
            if let name = value["name"]?.string { names[name] = type }
            return Typed(type: type)
        case "array":
            guard let items = value["items"] else { throw fault("an array has no `items`", at: path) }
            let element = try type(items, at: path + ".items", &names)
            return Typed(type: .list(element.type))
        case "enum":
            if let name = value["name"]?.string { names[name] = .string }
            return Typed(type: .string)
        case "map", "fixed":
            throw fault("Avro's \(kind.string ?? "") has no column type", at: path, hint: "use a record or a string")
        default: return try type(kind, at: path, &names)
        }
    }

    private static func fields(
        _ record: JSONValue, at path: String, _ names: inout [String: DataType]
    ) throws(Fault) -> [Field] {
        guard case .array(let members)? = record["fields"] else { throw fault("a record has no `fields`", at: path) }
        var fields: [Field] = []
        for (index, member) in members.enumerated() {
            let place = "\(path).fields[\(index)]"
            guard let name = member["name"]?.string, let declared = member["type"] else {
                throw fault("a field needs a `name` and a `type`", at: place)
            }
            let typed = try type(declared, at: "\(place) (\(name))", &names)
            if fields.contains(where: { $0.name == name }) { throw fault("field `\(name)` comes twice", at: place) }
            fields.append(
                Field(
                    name, typed.type, isNullable: typed.isNullable,
                    decoding: FieldDecoding(
                        timeUnit: typed.timeUnit,
                        defaultValue: try defaultValue(member["default"], typed.type, at: "\(place) (\(name))"))))
        }
        return fields
    }

    private static func defaultValue(
        _ value: JSONValue?, _ type: DataType, at path: String
    ) throws(Fault) -> FieldDecoding.Default? {
        switch (value, type) {
        case (nil, _), (.null, _): return nil
        // An absent record is made of the defaults of its fields.
        case (.object, .struct): return nil
        case (.array([]), .list): return .emptyList
        case (.bool(let value), .bool): return .bool(value)
        case (.int64(let value), .int64), (.int64(let value), .timestamp): return .int64(value)
        case (.int64(let value), .float64): return .float64(Double(value))
        case (.float64(let value), .float64): return .float64(value)
        case (.string(let value), .string): return .string(value)
        default: throw fault("the default does not fit the type \(type)", at: path)
        }
    }

    private static func fault(_ message: String, at path: String, hint: String? = nil) -> Fault {
        Fault("avro.schema", message, detail: "at \(path)", hint: hint)
    }
}
