import Dataflow

/// Shows a component's settings as the file writes them: variables by name, secrets hidden.
struct FactWriter {
    let redactor: Redactor

    /// One line a setting: `topics: [social.mentions]`.
    func facts(_ use: ComponentUse) -> [String] {
        if let entries = use.node.map, case .object(let fields) = use.spec.kind {
            return entries.compactMap { entry in
                guard !entry.value.isNull else { return nil }
                let field = fields.first { $0.name == entry.key }
                return "\(entry.key): \(show(entry.value, field?.kind, isSecret: field?.isSecret ?? false))"
            }
        }
        return use.node.isNull ? [] : [show(use.node, use.spec.kind, isSecret: false)]
    }

    private func show(_ node: FileNode, _ kind: FieldKind?, isSecret: Bool) -> String {
        if isSecret { return "***" }
        switch node.content {
        case .scalar(let scalar):
            let line = scalar.raw.split(whereSeparator: \.isNewline).joined(separator: " ")
            return redactor.redact(line)
        case .list(let elements):
            let inner = kind?.element
            return "[" + elements.map { show($0, inner, isSecret: false) }.joined(separator: ", ") + "]"
        case .map(let entries):
            let parts = entries.map { entry in
                let field = kind?.field(entry.key)
                let hidden = field?.isSecret ?? SecretNames.isLikely(entry.key)
                return "\(entry.key): \(show(entry.value, field?.kind ?? kind?.element, isSecret: hidden))"
            }
            return "{ " + parts.joined(separator: ", ") + " }"
        }
    }
}

extension FieldKind {
    /// The shape of a list's elements or a map's values.
    fileprivate var element: FieldKind? {
        switch self {
        case .list(let kind), .map(let kind): kind
        case .either(let kinds): kinds.lazy.compactMap(\.element).first
        default: nil
        }
    }

    /// The member of an object.
    fileprivate func field(_ name: String) -> FieldSpec? {
        switch self {
        case .object(let fields): fields.first { $0.name == name }
        case .either(let kinds): kinds.lazy.compactMap { $0.field(name) }.first
        default: nil
        }
    }
}
