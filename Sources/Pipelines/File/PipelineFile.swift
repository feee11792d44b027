import Glibc
import Primitives

/// A pipeline file that has been read, but not yet understood.
struct PipelineFile {
    /// The texts it came from: the file, then the overrides.
    var sources: [SourceText]
    /// `nil` after a fault that leaves nothing to go on with.
    var root: FileNode?
    /// The folder that relative paths start from.
    var baseDirectory: String
    var redactor: Redactor

    /// Reads a file of the file system.
    static func read(path: String, _ variables: Variables, overrides: [Override], _ findings: Findings) -> PipelineFile
    {
        do {
            let bytes = try contents(path)
            return parse(bytes, path: path, variables, overrides: overrides, findings)
        } catch {
            findings.report(error, at: Place(source: 0, offset: 0))
            return PipelineFile(
                sources: [SourceText(name: path, bytes: [])], root: nil, baseDirectory: folder(of: path),
                redactor: Redactor())
        }
    }

    /// Reads a text; `path` names it in messages and says where relative paths start.
    static func parse(
        _ bytes: [UInt8], path: String, _ variables: Variables, overrides: [Override], _ findings: Findings
    ) -> PipelineFile {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
        var sources = [SourceText(name: path, bytes: bytes)]
        var reader = YAMLReader(source: sources[0], index: 0, variables: variables, findings: findings)
        var root = reader.read()
        if root == nil, !findings.hasErrors {
            findings.error(
                "file.empty", "the file is empty", hint: "it needs `pipeline`, `sources` and `sinks`",
                at: Place(source: 0, offset: 0))
        }
        var variables = reader.variables
        for override in overrides {
            let source = SourceText(name: "--set \(override.path)", bytes: Array(override.value.utf8))
            sources.append(source)
            apply(override, source, index: sources.count - 1, &variables, to: &root, findings)
        }
        return PipelineFile(
            sources: sources, root: root, baseDirectory: folder(of: path), redactor: variables.redactor)
    }

    private static func apply(
        _ override: Override, _ source: SourceText, index: Int, _ variables: inout Variables,
        to root: inout FileNode?, _ findings: Findings
    ) {
        let place = Place(source: index, offset: 0)
        var reader = YAMLReader(source: source, index: index, variables: variables, findings: findings)
        let read = reader.read()
        variables = reader.variables
        let empty = FileScalar(raw: "", text: "", style: .plain, isInterpolated: false)
        let value = read ?? FileNode(content: .scalar(empty), place: place, weight: 1)
        let path = override.path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains(""), path.count <= YAMLReader.depthMax, root?.set(path[...], to: value) ?? true else {
            findings.error(
                "override.path", "`\(override.path)` leads nowhere in the file",
                hint: "name keys from the top, parted by dots: `resources.memory=2GiB`", at: place)
            return
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The bytes of a file, at most one more than may be.
    private static func contents(_ path: String) throws(Fault) -> [UInt8] {
        guard let bytes = SystemFile.read(path, bytesMax: YAMLText.bytesMax + 1) else {
            throw Fault(
                "file.unreadable", "the file cannot be read: \(String(cString: strerror(errno)))",
                hint: "check the path and its permissions")
        }
        return bytes
    }
}
