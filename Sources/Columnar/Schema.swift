/// The named, typed columns of a stream.
package struct Schema: Hashable, Sendable {
    package var fields: [Field]

    package init(_ fields: [Field]) {
        self.fields = fields
    }

    /// The position of a top-level column.
    package func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }

    /// Finds a column by its path, `author.id`. A column whose own name holds the dots is preferred.
    package func resolve(_ path: String) -> FieldPath? {
        if let index = index(of: path) {
            return FieldPath(indices: [index], field: fields[index])
        }
        var fields = fields
        var indices: [Int] = []
        var isNullable = false
        var found: Field?
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let index = fields.firstIndex(where: { $0.name == name }) else { return nil }
            let field = fields[index]
            indices.append(index)
            isNullable = isNullable || field.isNullable
            found = field
            if case .struct(let children) = field.type { fields = children } else { fields = [] }
        }
        guard var field = found else { return nil }
        field.name = path
        field.isNullable = isNullable
        return FieldPath(indices: indices, field: field)
    }

    /// Every path a reader may name, structs before their members.
    package var paths: [String] {
        func walk(_ fields: [Field], prefix: String) -> [String] {
            fields.flatMap { field -> [String] in
                let path = prefix + field.name
                guard case .struct(let children) = field.type else { return [path] }
                return [path] + walk(children, prefix: path + ".")
            }
        }
        return walk(fields, prefix: "")
    }
}

/// Where a column lies: the position of its top-level column, then of each member down to it.
package struct FieldPath: Hashable, Sendable {
    package var indices: [Int]
    /// The column found, named by its whole path; nullable if any struct on the way is.
    package var field: Field

    package init(indices: [Int], field: Field) {
        self.indices = indices
        self.field = field
    }
}
