import Dataflow

/// Writes the reference of pipeline files in Markdown, from the same specs as the validation.
package enum ReferenceWriter {
    /// The document, for `pipelines/REFERENCE.md`.
    package static func markdown(_ catalogue: ComponentCatalogue) -> String {
        var output = """
            # Pipeline files

            Made by `martlet docs` from the specifications that files are checked by; do not edit.

            A pipeline file is YAML. `${NAME}` and `${NAME:-default}` come from the environment, `$$` is a `$`. A relative
            path starts from the file's folder. Durations are written `250ms 5s 1m 24h 7d`, sizes `64KiB 1GiB`. A column
            inside an object is reached by its path, `author.id`. Keys that start with `x-` are a place for YAML anchors.


            """
        output += "## The file\n\n" + table([PipelineShape.pipeline, PipelineShape.description])
        for section in PipelineShape.sections {
            output += "\n### `\(section.name)`\n\n\(section.doc)\n"
            switch section.name {
            case "sources": output += "\nBeside one of the sources below:\n\n" + table(PipelineShape.source)
            case "operators": output += "\nBeside one of the operators below:\n\n" + table([PipelineShape.operatorFrom])
            case "sinks": output += "\nBeside one of the sinks below:\n\n" + table([PipelineShape.sinkFrom])
            case "checkpoint": output += "\n" + table(PipelineShape.checkpoint)
            case "resources": output += "\n" + table(PipelineShape.resources)
            default: break
            }
        }
        output += chapter("Sources", catalogue.sources.map(\.spec))
        output += chapter("Formats", catalogue.formats.map(\.spec))
        output += chapter("Operators", catalogue.operators.map(\.spec))
        output += chapter("Sinks", catalogue.sinks.map(\.spec))
        return output
    }

    private static func chapter(_ title: String, _ specs: [ComponentSpec]) -> String {
        guard !specs.isEmpty else { return "" }
        return "\n## \(title)\n" + specs.map(component).joined()
    }

    private static func component(_ spec: ComponentSpec) -> String {
        var output = "\n### `\(spec.name)`\n\n\(spec.summary)\n"
        if !spec.doc.isEmpty { output += "\n\(spec.doc)\n" }
        let example = spec.example.split(separator: "\n", omittingEmptySubsequences: false).reversed()
            .drop { $0.isEmpty }.reversed().joined(separator: "\n")
        output += "\n```yaml\n\(example)\n```\n"
        if case .object(let fields) = spec.kind {
            if !fields.isEmpty { output += "\n" + table(fields) }
        } else {
            output += "\nIts value is \(type(spec.kind)).\n"
            let rows = nested(spec.kind, path: "")
            if !rows.isEmpty { output += "\n" + header + rows.joined() }
        }
        return output
    }

    private static let header = "| key | value | default | meaning |\n|---|---|---|---|\n"

    private static func table(_ fields: [FieldSpec]) -> String {
        header + fields.flatMap { rows($0, prefix: "") }.joined()
    }

    /// A field's row, then those of what lies in it, by path.
    private static func rows(_ field: FieldSpec, prefix: String) -> [String] {
        let path = prefix + field.name
        let fallback = field.isRequired ? "required" : field.defaultText.map { "`\($0)`" } ?? ""
        var doc = field.doc
        if field.isSecret { doc += " Secret: never shown." }
        if let example = field.example { doc += " Example: `\(example)`." }
        let cells = ["`\(path)`", type(field.kind), fallback, doc].map(escaped)
        return ["| \(cells.joined(separator: " | ")) |\n"] + nested(field.kind, path: path)
    }

    private static func nested(_ kind: FieldKind, path: String) -> [String] {
        switch kind {
        case .object(let fields): fields.flatMap { rows($0, prefix: path.isEmpty ? "" : path + ".") }
        case .list(let element): nested(element, path: path + "[]")
        case .map(let value): nested(value, path: path.isEmpty ? "NAME" : path + ".NAME")
        case .either(let kinds): kinds.flatMap { nested($0, path: path) }
        default: []
        }
    }

    private static func type(_ kind: FieldKind) -> String {
        switch kind {
        case .list(.column): "list of columns"
        case .list(let element): "list of \(type(element))"
        case .map(let value): "map of names to \(type(value))"
        case .either(let kinds): kinds.map(type).joined(separator: ", or ")
        default: kind.described
        }
    }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|": output += "\\|"
            case "\n", "\r": output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
