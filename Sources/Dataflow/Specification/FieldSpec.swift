/// What a pipeline file may say in one place: the single source of validation, of the JSON Schema for editors and of
/// the reference documentation.
package struct FieldSpec: Sendable {
    package var name: String
    package var kind: FieldKind
    package var isRequired: Bool
    /// As it would be written in a file; shown in the documentation, applied by the component.
    package var defaultText: String?
    /// Meaning, unit and cost, in a sentence or two.
    package var doc: String
    package var example: String?
    /// Its value never appears in a log, an error, `explain` or the state folder.
    package var isSecret: Bool

    package init(
        _ name: String, _ kind: FieldKind, required: Bool = false, default defaultText: String? = nil, doc: String,
        example: String? = nil, secret: Bool = false
    ) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.defaultText = defaultText
        self.doc = doc
        self.example = example
        isSecret = secret
    }
}

/// The shape of a value in a pipeline file.
package indirect enum FieldKind: Sendable {
    case string
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case bool
    /// `250ms`, `5s`, `1m`, `24h`, `7d`.
    case duration
    /// `64KiB`, `1GiB`.
    case byteSize
    /// One of some words.
    case choice([String])
    /// A path in the file system, relative to the pipeline file.
    case path
    /// A CEL expression over the input's columns.
    case expression
    /// The path of an input column.
    case column
    case list(FieldKind)
    /// Free names, each with a value of one shape.
    case map(FieldKind)
    case object([FieldSpec])
    /// The first of several shapes that fits; each says which it is by its YAML form (scalar, list, map).
    case either([FieldKind])
}

/// A source, an operator, a sink or a format as its author describes it.
package struct ComponentSpec: Sendable {
    /// The key under which it stands in a pipeline file: `kafka`, `dedupe`, `postgres`.
    package var name: String
    /// What it does, in one sentence.
    package var summary: String
    /// More, where there is more to know.
    package var doc: String
    /// The shape of its value; an object for nearly all.
    package var kind: FieldKind
    /// A short piece of YAML that works.
    package var example: String

    package init(name: String, summary: String, doc: String = "", kind: FieldKind, example: String) {
        self.name = name
        self.summary = summary
        self.doc = doc
        self.kind = kind
        self.example = example
    }
}
