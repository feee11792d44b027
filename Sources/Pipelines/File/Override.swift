import Primitives

/// One `--set PATH=VALUE` of the command line.
package struct Override: Sendable, Hashable {
    /// Keys and positions, parted by dots: `sources.mentions.kafka.topics.0`.
    package var path: String
    /// YAML, so `[a, b]` is a list; variables are filled in.
    package var value: String

    package init(path: String, value: String) {
        self.path = path
        self.value = value
    }
}

extension FileNode {
    /// Puts a value at a path; missing maps on the way are made. A key that holds dots itself is found too.
    ///
    /// - Returns: whether the path can be followed.
    mutating func set(_ path: ArraySlice<String>, to value: FileNode) -> Bool {
        guard let first = path.first else {
            self = value
            return true
        }
        switch content {
        case .map(var entries):
            for length in 1...path.count {
                let key = path.prefix(length).joined(separator: ".")
                guard let index = entries.firstIndex(where: { $0.key == key }) else { continue }
                guard entries[index].value.set(path.dropFirst(length), to: value) else { return false }
                content = .map(entries)
                return true
            }
            var made = FileNode(content: .map([]), place: value.place, weight: 1)
            guard made.set(path.dropFirst(), to: value) else { return false }
            entries.append(FileEntry(key: first, keyPlace: value.place, value: made))
            content = .map(entries)
            return true
        case .list(var elements):
            guard let index = Int(first), elements.indices.contains(index) else { return false }
            guard elements[index].set(path.dropFirst(), to: value) else { return false }
            content = .list(elements)
            return true
        case .scalar(let scalar):
            guard scalar.isNull else { return false }
            content = .map([])
            return set(path, to: value)
        }
    }
}
