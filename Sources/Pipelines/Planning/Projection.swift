package import Columnar

/// What of a stream is read: every column (`nil`), or the columns at some paths.
struct Wanted {
    private(set) var paths: Set<String>? = []

    mutating func add(_ more: Set<String>?) {
        guard let more else {
            paths = nil
            return
        }
        paths?.formUnion(more)
    }
}

extension Schema {
    /// The columns at some paths, in this schema's order: a struct whose members are wanted one by one keeps those
    /// only.
    package func pruned(to paths: Set<String>) -> Schema {
        func prune(_ fields: [Field], prefix: String) -> [Field] {
            fields.compactMap { field in
                let path = prefix + field.name
                if paths.contains(path) { return field }
                guard case .struct(let children) = field.type else { return nil }
                let kept = prune(children, prefix: path + ".")
                return kept.isEmpty ? nil : Field(field.name, .struct(kept), isNullable: field.isNullable)
            }
        }
        return Schema(prune(fields, prefix: ""))
    }
}
