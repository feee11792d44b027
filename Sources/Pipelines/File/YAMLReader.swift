import Primitives
import Yams

/// Turns YAML text into a tree of `FileNode`s: no tags, no repeated keys, aliases spelt out within a limit, variables
/// filled in.
struct YAMLReader {
    /// Maps and lists within each other.
    static let depthMax = 64
    private static let depthMessage = "maps and lists stand more than \(depthMax) deep within each other"
    /// Nodes with every alias spelt out.
    static let nodesMax = 50_000

    let source: SourceText
    let sourceIndex: Int
    let findings: Findings
    var variables: Variables
    private var anchors: [String: FileNode] = [:]
    private var weight = 0
    private var isGivenUp = false

    init(source: SourceText, index: Int, variables: Variables, findings: Findings) {
        self.source = source
        sourceIndex = index
        self.variables = variables
        self.findings = findings
    }

    /// The document's root; `nil` after a fault that leaves nothing to read, or for an empty document.
    mutating func read() -> FileNode? {
        if let (fault, offset) = YAMLText.fault(source.bytes) {
            findings.report(fault, at: place(offset))
            return nil
        }
        guard var masked = MaskedYAML(source.bytes) else {
            findings.error("file.encoding", "the file uses the whole private area of Unicode", at: place(0))
            return nil
        }
        while true {
            do {
                guard let root = try Yams.Parser(yaml: masked.text, encoding: .utf8).singleRoot() else { return nil }
                return convert(root, masked, depth: 0)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let offset = source.offset(line: context.mark.line, column: context.mark.column)
                if masked.separateKey(at: offset) { continue }
                let key = masked.unmask(keys.first ?? "")
                reportRepeated(key, at: place(offset))
                return nil
            } catch {
                report(error)
                return nil
            }
        }
    }

    private func place(_ offset: Int) -> Place {
        Place(source: sourceIndex, offset: min(offset, source.bytes.count))
    }

    private func place(_ mark: Mark?) -> Place {
        guard let mark else { return place(0) }
        return place(source.offset(line: mark.line, column: mark.column))
    }

    private func reportRepeated(_ key: String, at place: Place) {
        findings.error("file.duplicate_key", "the key `\(key)` stands twice in one map", hint: "keep one", at: place)
    }

    private func report(_ error: any Error) {
        func hint(_ mark: Mark) -> String {
            source.line(mark.line).contains("${")
                ? "within `{ }` and `[ ]`, quote a variable: `\"${NAME}\"`"
                : "check the indentation, and quote values that hold `: ` or ` #`"
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if problem.hasPrefix("Maximum nesting level") {
                findings.error("file.depth", Self.depthMessage, at: place(mark))
                return
            }
            let about = context.map { ", \($0.text)" } ?? ""
            findings.error("file.syntax", "this is not YAML: \(problem)\(about)", hint: hint(mark), at: place(mark))
        case .memory:
            findings.error("file.depth", Self.depthMessage, at: place(0))
        default:
            findings.error("file.syntax", "this is not YAML", at: place(0))
        }
    }

    // MARK: the tree

    private mutating func convert(_ node: Node, _ masked: MaskedYAML, depth: Int) -> FileNode? {
        guard !isGivenUp else { return nil }
        var start = place(node.mark)
        let anchor = anchorName(&start)
        if byte(start.offset) == UInt8(ascii: "!") {
            findings.error(
                "file.tag", "tags are not used in pipeline files",
                hint: "leave `!…` out; a value's type follows from its place", at: start)
            return nil
        }
        guard depth <= Self.depthMax else {
            findings.error("file.depth", Self.depthMessage, at: start)
            isGivenUp = true
            return nil
        }
        let result: FileNode?
        switch node {
        case .scalar(let scalar): result = convert(scalar, masked, at: start)
        case .sequence(let sequence):
            var children: [FileNode] = []
            for child in sequence {
                if let child = convert(child, masked, depth: depth + 1) { children.append(child) }
            }
            result = counted(.list(children), at: start, children.map(\.weight))
        case .mapping(let mapping): result = convert(mapping, masked, at: start, depth: depth)
        case .alias: result = nil  // The masked text has none.
        }
        if let anchor, let result { anchors[anchor] = result }
        return result
    }

    private mutating func counted(_ content: FileNode.Content, at place: Place, _ weights: [Int]) -> FileNode? {
        // Children were counted when they were made; a node's own weight is what an alias to it would add.
        guard count(1, at: place) else { return nil }
        return FileNode(content: content, place: place, weight: weights.reduce(1, +))
    }

    private mutating func count(_ nodes: Int, at place: Place) -> Bool {
        weight += nodes
        if weight > Self.nodesMax, !isGivenUp {
            findings.error(
                "file.alias", "the file stands for more than \(Self.nodesMax) values", hint: "use fewer aliases",
                at: place)
            isGivenUp = true
        }
        return !isGivenUp
    }

    private mutating func convert(_ scalar: Node.Scalar, _ masked: MaskedYAML, at start: Place) -> FileNode? {
        let raw = masked.unmask(scalar.string)
        let style: FileScalar.Style =
            switch scalar.style {
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal, .folded: .block
            case .any, .plain: .plain
            }
        if style == .plain, byte(start.offset) == UInt8(ascii: "*"), !raw.isEmpty { return alias(raw, at: start) }
        let (text, isInterpolated) = variables.fill(raw, at: start, findings)
        let value = FileScalar(raw: raw, text: text, style: style, isInterpolated: isInterpolated)
        return counted(.scalar(value), at: start, [])
    }

    private mutating func alias(_ raw: String, at start: Place) -> FileNode? {
        let name = String(raw.dropFirst())
        guard name.utf8.allSatisfy(YAMLText.isAnchorByte), let node = anchors[name] else {
            let known = anchors.keys.sorted()
            findings.error(
                "file.alias", "no anchor `&\(name)` stands before this alias",
                hint: Spelling.nearest(name, known).map { "did you mean `*\($0)`?" }
                    ?? "quote the value if it is no alias", at: start)
            return nil
        }
        return count(node.weight, at: start) ? node : nil
    }

    private mutating func convert(_ mapping: Node.Mapping, _ masked: MaskedYAML, at start: Place, depth: Int)
        -> FileNode?
    {
        var entries: [FileEntry] = []
        var places: [String: Int] = [:]
        var merged: [FileEntry] = []
        for (key, value) in mapping {
            var keyPlace = place(key.mark)
            _ = anchorName(&keyPlace)
            let value = convert(value, masked, depth: depth + 1)
            guard case .scalar(let scalar) = key, byte(keyPlace.offset) != UInt8(ascii: "*"),
                byte(keyPlace.offset) != UInt8(ascii: "!")
            else {
                findings.error("file.key", "a key is a plain name", at: keyPlace)
                continue
            }
            let name = masked.unmask(scalar.string)
            guard let value else { continue }
            if name == "<<", scalar.style == .plain {
                if let map = value.map { merged += map; continue }
                findings.error("file.type", "`<<` needs an alias of a map", at: keyPlace)
                continue
            }
            if places[name] != nil {
                reportRepeated(name, at: keyPlace)
                continue
            }
            places[name] = entries.count
            entries.append(FileEntry(key: name, keyPlace: keyPlace, value: value))
        }
        // A merged map (YAML 1.1, `<<: *name`) gives what the map itself does not say.
        for entry in merged where places[entry.key] == nil {
            places[entry.key] = entries.count
            entries.append(entry)
        }
        return counted(.map(entries), at: start, entries.map(\.value.weight))
    }

    /// Takes `&name` and the blanks behind it off a node's start.
    private func anchorName(_ start: inout Place) -> String? {
        guard byte(start.offset) == UInt8(ascii: "&") else { return nil }
        var end = start.offset + 1
        while YAMLText.isAnchorByte(byte(end)) { end += 1 }
        let name = String(decoding: source.bytes[(start.offset + 1)..<end], as: UTF8.self)
        while [UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0A, 0x0D].contains(byte(end)) { end += 1 }
        start.offset = min(end, source.bytes.count)
        return name
    }

    private func byte(_ offset: Int) -> UInt8 { offset < source.bytes.count ? source.bytes[offset] : 0 }
}
