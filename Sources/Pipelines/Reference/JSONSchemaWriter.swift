import Dataflow
import Primitives

/// Writes the JSON Schema (draft 2020-12) of pipeline files, which editors complete and check by. It is made from the
/// same specs as the validation.
package enum JSONSchemaWriter {
    /// The document, for `schemas/pipeline.schema.json`.
    package static func schema(_ catalogue: ComponentCatalogue) -> String {
        let source = node(
            PipelineShape.source.map { ($0.name, sourceKey($0, catalogue)) }, required: [],
            catalogue.sources.map(\.spec))
        let op = node(
            [("from", property(PipelineShape.operatorFrom))], required: ["from"], catalogue.operators.map(\.spec))
        let sink = node([("from", property(PipelineShape.sinkFrom))], required: ["from"], catalogue.sinks.map(\.spec))
        let docs = Dictionary(PipelineShape.sections.map { ($0.name, $0.doc) }, uniquingKeysWith: { first, _ in first })
        let properties: [(String, JSONDocument)] = [
            (
                "pipeline",
                described(PipelineShape.pipeline, [("type", .string("string")), ("pattern", .string(namePattern))])
            ),
            ("description", property(PipelineShape.description)),
            ("sources", section(docs["sources"], "source", isRequired: true)),
            ("operators", section(docs["operators"], "operator", isRequired: false)),
            ("sinks", section(docs["sinks"], "sink", isRequired: true)),
            ("checkpoint", described(docs["checkpoint"], object(PipelineShape.checkpoint))),
            ("resources", described(docs["resources"], object(PipelineShape.resources))),
        ]
        let document = JSONDocument.object([
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Martlet pipeline")),
            ("description", .string("A pipeline of typed sources, operators and sinks.")),
            ("type", .string("object")),
            ("properties", .object(properties)),
            ("patternProperties", .object([("^x-", .object([("description", .string("A place for YAML anchors."))]))])),
            ("required", .strings(["pipeline", "sources", "sinks"])),
            ("additionalProperties", .bool(false)),
            (
                "$defs",
                .object([
                    ("source", source), ("operator", op), ("sink", sink),
                    (
                        "variable",
                        .object([
                            ("description", .string("Filled from the environment.")), ("type", .string("string")),
                            ("pattern", .string("\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}")),
                        ])
                    ),
                ])
            ),
        ])
        return document.rendered()
    }

    private static let namePattern = "^[a-z0-9][a-z0-9_-]{0,\(PipelineShape.nameLengthMax - 1)}$"
    private static let variable = JSONDocument.object([("$ref", .string("#/$defs/variable"))])

    private static func section(_ doc: String?, _ definition: String, isRequired: Bool) -> JSONDocument {
        var members: [(String, JSONDocument)] = [
            ("type", isRequired ? .string("object") : .strings(["object", "null"])),
            ("propertyNames", .object([("pattern", .string(namePattern))])),
            ("additionalProperties", .object([("$ref", .string("#/$defs/\(definition)"))])),
        ]
        if isRequired { members.append(("minProperties", .integer(1))) }
        return described(doc, members)
    }

    /// A node of the graph: its own keys, and exactly one component.
    private static func node(_ keys: [(String, JSONDocument)], required: [String], _ specs: [ComponentSpec])
        -> JSONDocument
    {
        let components = specs.map { ($0.name, component($0)) }
        var members: [(String, JSONDocument)] = [
            ("type", .string("object")),
            ("properties", .object(keys + components)),
        ]
        if !required.isEmpty { members.append(("required", .strings(required))) }
        members.append(("additionalProperties", .bool(false)))
        members.append(("oneOf", .array(specs.map { .object([("required", .strings([$0.name]))]) })))
        return .object(members)
    }

    private static func component(_ spec: ComponentSpec) -> JSONDocument {
        let text = [spec.summary, spec.doc].filter { !$0.isEmpty }.joined(separator: "\n\n")
        return described("\(text)\n\nExample:\n\(spec.example)", value(spec.kind))
    }

    private static func sourceKey(_ field: FieldSpec, _ catalogue: ComponentCatalogue) -> JSONDocument {
        guard field.name == "format" else { return property(field) }
        let specs = catalogue.formats.map(\.spec)
        let settings = JSONDocument.object([
            ("type", .string("object")), ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
            ("properties", .object(specs.map { ($0.name, component($0)) })), ("additionalProperties", .bool(false)),
        ])
        let names = JSONDocument.object([("enum", .strings(specs.map(\.name)))])
        return described(field, [("anyOf", .array([names, settings, variable]))])
    }

    // MARK: fields

    private static func property(_ field: FieldSpec) -> JSONDocument { described(field, value(field.kind)) }

    private static func described(_ doc: String?, _ members: [(String, JSONDocument)]) -> JSONDocument {
        .object((doc.map { [("description", .string($0))] } ?? []) + members)
    }

    private static func described(_ field: FieldSpec, _ members: [(String, JSONDocument)]) -> JSONDocument {
        var result: [(String, JSONDocument)] = [("description", .string(field.doc))]
        result += members
        if let text = field.defaultText, let value = sample(text, field.kind) { result.append(("default", value)) }
        if let text = field.example, let value = sample(text, field.kind) {
            result.append(("examples", .array([value])))
        }
        return .object(result)
    }

    private static func object(_ fields: [FieldSpec]) -> [(String, JSONDocument)] {
        let required = fields.filter(\.isRequired).map(\.name)
        var members: [(String, JSONDocument)] = [
            ("type", required.isEmpty ? .strings(["object", "null"]) : .string("object")),
            ("properties", .object(fields.map { ($0.name, property($0)) })),
        ]
        if !required.isEmpty { members.append(("required", .strings(required))) }
        members.append(("additionalProperties", .bool(false)))
        return members
    }

    /// The schema of a value. Everything but text may be a variable instead.
    private static func value(_ kind: FieldKind) -> [(String, JSONDocument)] {
        switch kind {
        case .string, .expression: [("type", .strings(["string", "number", "boolean"]))]
        case .path, .column: [("type", .string("string"))]
        case .integer(let range): orVariable([("type", .string("integer"))] + bounds(range))
        case .number(let range): orVariable([("type", .string("number"))] + bounds(range))
        case .bool: orVariable([("type", .string("boolean"))])
        case .duration: orVariable([("type", .string("string")), ("pattern", .string("^[0-9]+(ms|s|m|h|d)$"))])
        case .byteSize: orVariable([("type", .string("string")), ("pattern", .string("^[0-9]+(B|KiB|MiB|GiB|TiB)$"))])
        case .choice(let words): orVariable([("enum", .strings(words))])
        case .list(let element): [("type", .string("array")), ("items", .object(value(element)))]
        case .map(let element): [("type", .string("object")), ("additionalProperties", .object(value(element)))]
        case .object(let fields): object(fields)
        case .either(let kinds): [("anyOf", .array(kinds.map { .object(value($0)) }))]
        }
    }

    private static func orVariable(_ members: [(String, JSONDocument)]) -> [(String, JSONDocument)] {
        [("anyOf", .array([.object(members), variable]))]
    }

    private static func bounds(_ range: ClosedRange<Int64>) -> [(String, JSONDocument)] {
        var members: [(String, JSONDocument)] = []
        if range.lowerBound > .min { members.append(("minimum", .integer(Int(range.lowerBound)))) }
        if range.upperBound < .max { members.append(("maximum", .integer(Int(range.upperBound)))) }
        return members
    }

    private static func bounds(_ range: ClosedRange<Double>) -> [(String, JSONDocument)] {
        var members: [(String, JSONDocument)] = []
        if range.lowerBound > -.greatestFiniteMagnitude { members.append(("minimum", .number(range.lowerBound))) }
        if range.upperBound < .greatestFiniteMagnitude { members.append(("maximum", .number(range.upperBound))) }
        return members
    }

    // MARK: samples

    /// A default or an example, written as YAML, as a JSON value.
    private static func sample(_ text: String, _ kind: FieldKind) -> JSONDocument? {
        let source = SourceText(name: "", bytes: Array(text.utf8))
        var reader = YAMLReader(
            source: source, index: 0, variables: Variables(environment: [:]), findings: Findings())
        guard let node = reader.read() else { return nil }
        // A default may be said in words ("as many as there are cores"): prose is for people, not for editors.
        if let scalar = node.scalar, !scalar.raw.contains("${"), kind.isScalar,
            (try? ScalarReader.read(scalar, as: kind).get()) == nil
        {
            return nil
        }
        return json(node, kind)
    }

    private static func json(_ node: FileNode, _ kind: FieldKind?) -> JSONDocument {
        switch node.content {
        case .list(let elements): return .array(elements.map { json($0, nil) })
        case .map(let entries): return .object(entries.map { ($0.key, json($0.value, nil)) })
        case .scalar(let scalar):
            for kind in kind.map({ [$0] }) ?? [.integer(.min ... .max), .number(-.infinity ... .infinity), .bool]
            where scalar.style == .plain && !scalar.isInterpolated {
                switch try? ScalarReader.read(scalar, as: kind).get() {
                case .integer(let value): return .integer(Int(value))
                case .number(let value): return .number(value)
                case .bool(let value): return .bool(value)
                default: break
                }
            }
            return .string(scalar.raw)
        }
    }
}
