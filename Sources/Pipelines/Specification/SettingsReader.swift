import Dataflow
import Primitives

/// Checks values of a pipeline file against what their places ask for, and types them by it.
struct SettingsReader {
    let findings: Findings
    /// Learns the values of secret fields.
    var secrets: [String] = []

    init(findings: Findings) {
        self.findings = findings
    }

    /// The typed value; `nil` after a fault that leaves nothing to go on with. Members with faults are left out.
    mutating func read(_ node: FileNode, as kind: FieldKind, path: [String] = [], isSecret: Bool = false) -> Settings? {
        switch kind {
        case .object(let fields): return object(node, fields, path: path)
        case .list(let element): return list(node, element, path: path, isSecret: isSecret)
        case .map(let value): return map(node, value, path: path, isSecret: isSecret)
        case .either(let kinds): return either(node, kinds, path: path, isSecret: isSecret)
        default:
            guard let scalar = node.scalar, !scalar.isNull else {
                findings.error("file.type", "expected \(kind.described), found \(node.form)", at: node.place)
                return nil
            }
            // A variable that could not be filled in is still only a name.
            if isSecret, !(scalar.isInterpolated && scalar.text == scalar.raw) { secrets.append(scalar.text) }
            switch ScalarReader.read(scalar, as: kind) {
            case .success(let value): return Settings(value, path: path)
            case .failure(let fault):
                findings.report(fault, at: node.place)
                return nil
            }
        }
    }

    private mutating func object(_ node: FileNode, _ fields: [FieldSpec], path: [String]) -> Settings? {
        guard let entries = entries(node, "a map") else { return nil }
        var members: [(name: String, value: Settings)] = []
        var isWhole = true
        var misspelt: Set<String> = []
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                if let meant = reportUnknown(entry, among: fields.map(\.name)) { misspelt.insert(meant) }
                continue
            }
            if entry.value.isNull { continue }
            let inner = read(entry.value, as: field.kind, path: path + [entry.key], isSecret: field.isSecret)
            if let inner { members.append((entry.key, inner)) } else { isWhole = false }
        }
        for field in fields where field.isRequired {
            if let entry = node[field.name], !entry.value.isNull { continue }
            isWhole = false
            // A misspelt key is one fault, not two.
            if misspelt.contains(field.name) { continue }
            reportMissing(field, at: node[field.name]?.keyPlace ?? node.place)
        }
        return isWhole ? Settings(.object(members), path: path) : nil
    }

    /// A map's entries; nothing at all counts as an empty map.
    func entries(_ node: FileNode, _ expected: String) -> [FileEntry]? {
        if node.isNull { return [] }
        guard let entries = node.map else {
            findings.error("file.type", "expected \(expected), found \(node.form)", at: node.place)
            return nil
        }
        return entries
    }

    /// - Returns: the key that was probably meant.
    @discardableResult
    func reportUnknown(_ entry: FileEntry, among names: [String]) -> String? {
        let meant = Spelling.nearest(entry.key, names)
        let hint = meant.map { "did you mean `\($0)`?" } ?? listed(names)
        findings.error("file.unknown_key", "unknown key `\(entry.key)`", hint: hint, at: entry.keyPlace)
        return meant
    }

    private func reportMissing(_ field: FieldSpec, at place: Place) {
        let example = field.example.map { "for example `\(field.name): \($0)`" } ?? field.doc
        findings.error("file.missing_key", "the key `\(field.name)` is missing", hint: example, at: place)
    }

    private func listed(_ names: [String]) -> String? {
        names.isEmpty ? "no key is known here" : "known here: \(names.map { "`\($0)`" }.joined(separator: ", "))"
    }

    private mutating func list(_ node: FileNode, _ element: FieldKind, path: [String], isSecret: Bool) -> Settings? {
        guard let nodes = node.list else {
            let hint = node.scalar.map { $0.isNull ? "write `[]` for an empty list" : "write `[\($0.raw)]`" }
            findings.error("file.type", "expected a list, found \(node.form)", hint: hint, at: node.place)
            return nil
        }
        var elements: [Settings] = []
        for (index, child) in nodes.enumerated() {
            if let value = read(child, as: element, path: path + [String(index)], isSecret: isSecret) {
                elements.append(value)
            }
        }
        return elements.count == nodes.count ? Settings(.list(elements), path: path) : nil
    }

    private mutating func map(_ node: FileNode, _ kind: FieldKind, path: [String], isSecret: Bool) -> Settings? {
        guard let entries = entries(node, "a map of names") else { return nil }
        var members: [(name: String, value: Settings)] = []
        for entry in entries {
            // Within a map that is secret as a whole, words such as `all` and `SASL_SSL` are not hidden from every
            // message: that would spoil them.
            let isLong = entry.value.scalar.map { $0.text.utf8.count >= SecretNames.longValue } ?? true
            let hidden = SecretNames.isLikely(entry.key) || (isSecret && isLong)
            if let value = read(entry.value, as: kind, path: path + [entry.key], isSecret: hidden) {
                members.append((entry.key, value))
            }
        }
        return members.count == entries.count ? Settings(.object(members), path: path) : nil
    }

    /// The first kind of the node's form that takes it; the faults are those of the first kind of its form.
    private mutating func either(_ node: FileNode, _ kinds: [FieldKind], path: [String], isSecret: Bool) -> Settings? {
        var fitting = kinds.filter { $0.fits(node) }
        if let scalar = node.scalar, scalar.style != .plain, !scalar.isInterpolated {
            // Quotes say that a string is meant: `"5"` is a string where a number would fit too.
            fitting = fitting.filter(\.isText) + fitting.filter { !$0.isText }
        }
        guard !fitting.isEmpty else {
            let expected = kinds.map(\.described).joined(separator: " or ")
            findings.error("file.type", "expected \(expected), found \(node.form)", at: node.place)
            return nil
        }
        for kind in fitting {
            let trial = Findings()
            var reader = SettingsReader(findings: trial)
            let value = reader.read(node, as: kind, path: path, isSecret: isSecret)
            if let value, trial.all.isEmpty {
                secrets += reader.secrets
                return value
            }
        }
        if fitting.count > 1, let scalar = node.scalar {
            let expected = fitting.map(\.described).joined(separator: " or ")
            findings.error("file.type", "expected \(expected), found `\(scalar.raw)`", at: node.place)
            return nil
        }
        return read(node, as: fitting[0], path: path, isSecret: isSecret)
    }
}

/// Names that give a secret away where no author could declare one: keys of a free map.
enum SecretNames {
    private static let parts = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "api_key", "api-key", "key.pem",
        "jaas", "oauthbearer", "authorization",
    ]
    /// From so many bytes on, a value of a secret map is taken for a secret whatever its name.
    static let longValue = 16

    static func isLikely(_ name: String) -> Bool {
        let name = name.lowercased()
        return parts.contains { part in name.utf8.count >= part.utf8.count && name.contains(part) }
    }
}
