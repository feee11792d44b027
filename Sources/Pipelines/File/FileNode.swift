/// A value of a pipeline file as it was written: untyped, each part with its place.
struct FileNode: Sendable {
    indirect enum Content: Sendable {
        case scalar(FileScalar)
        case list([FileNode])
        /// In the order of the file, no key twice.
        case map([FileEntry])
    }

    var content: Content
    var place: Place
    /// How many nodes it stands for, itself included, with every alias spelt out.
    var weight: Int

    var scalar: FileScalar? { if case .scalar(let value) = content { value } else { nil } }
    var list: [FileNode]? { if case .list(let value) = content { value } else { nil } }
    var map: [FileEntry]? { if case .map(let value) = content { value } else { nil } }

    /// Nothing, `~` or `null`.
    var isNull: Bool { scalar?.isNull ?? false }

    subscript(key: String) -> FileEntry? { map?.first { $0.key == key } }

    /// What a reader calls it.
    var form: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// The node at a path below this one, or the last one on the way that exists.
    func descend(_ path: [String]) -> FileNode {
        var node = self
        for step in path {
            if let entry = node[step] {
                node = entry.value
            } else if let list = node.list, let index = Int(step), list.indices.contains(index) {
                node = list[index]
            } else {
                break
            }
        }
        return node
    }
}

/// One key of a map with its value.
struct FileEntry: Sendable {
    var key: String
    var keyPlace: Place
    var value: FileNode
}

/// A single value, always text; its type is decided by what the place in the file asks for. So `no` is a string where
/// a string is wanted, and a boolean nowhere but where a boolean is.
struct FileScalar: Sendable {
    enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, block
    }

    /// As written, before variables were filled in: what messages may show.
    var raw: String
    /// With the values of the variables.
    var text: String
    var style: Style
    /// Whether a variable stood in it.
    var isInterpolated: Bool

    var isNull: Bool {
        style == .plain && !isInterpolated
            && (raw.isEmpty || raw == "~" || raw == "null" || raw == "Null" || raw == "NULL")
    }
}
