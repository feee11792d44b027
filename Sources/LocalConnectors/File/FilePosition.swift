import Formats
import Primitives

/// How far the files of a source have been read.
struct FilePosition: Sendable, Hashable {
    /// The file read last: from the pipeline file's folder on if it lies there, so that the folder can be moved.
    var path: String
    /// Where its next line starts, in bytes of the decompressed file.
    var offset: Int64
    /// Whether nothing more is read of it.
    var isEnded: Bool

    init(path: String, offset: Int64, isEnded: Bool = false) {
        self.path = path
        self.offset = offset
        self.isEnded = isEnded
    }

    /// Reads what `text` wrote.
    init(_ text: String) throws(Fault) {
        let value = try JSONValue.parse(Array(text.utf8))
        guard let path = value["path"]?.string, let offset = value["offset"]?.int64, offset >= 0 else {
            throw Fault("file.position", "`\(text)` is no position in a file", domain: .internal)
        }
        self.init(path: path, offset: offset, isEnded: value["ended"] == .bool(true))
    }

    /// `{"path":"posts.ndjson","offset":4096,"ended":false}`.
    var text: String {
        var json = Array("{\"path\":".utf8)
        JSONText.append(path, to: &json)
        json.append(contentsOf: ",\"offset\":\(offset),\"ended\":\(isEnded)}".utf8)
        return String(decoding: json, as: UTF8.self)
    }
}
