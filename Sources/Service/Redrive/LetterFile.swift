import Dataflow
import Formats
import Glibc
import Primitives

/// The letters of a state folder that are to be sent through the pipeline again.
///
/// They are first taken aside under a name of their own, so that what is refused once more is told apart from them; the
/// name is also that of their lane in the checkpoint, which says how many of them have been sent.
struct LetterFile {
    private static let prefix = "redriving-"

    /// One letter, where it belongs.
    struct Letter {
        var node: String
        var origin: String
        var partition: Int32
        var offset: Int64
        var eventTime: Int64?
        var bytes: [UInt8]?
    }

    let path: String
    /// Stands for the letters in checkpoints.
    let name: String

    /// The letters taken aside by an earlier attempt that did not end, or those that wait now; `nil` if there are none.
    /// - Parameter given: a file of letters outside the folder, which is copied.
    static func take(in directory: String, given: String?, now: EventTime) throws(Fault) -> LetterFile? {
        if let unfinished = unfinished(in: directory) { return unfinished }
        let sources =
            given.map { [$0] }
            ?? [LetterSink.fileName, ParkedLetters.fileName].map { directory + "/" + $0 }
        let name = "\(prefix)\(now.microseconds)"
        let path = "\(directory)/\(name).ndjson"
        var text: [UInt8] = []
        for source in sources { text += try read(source, mayMiss: given == nil) }
        guard !text.isEmpty else { return nil }
        // Written whole under another name first: a letter is in one place or the other, never in neither.
        try write(text, to: path + ".new")
        guard rename(path + ".new", path) == 0 else { throw failure(path) }
        if given == nil { for source in sources { unlink(source) } }
        return LetterFile(path: path, name: name)
    }

    private static func unfinished(in directory: String) -> LetterFile? {
        let found = ((try? LocalDisk(root: directory).list("")) ?? []).filter {
            $0.hasPrefix(prefix) && $0.hasSuffix(".ndjson")
        }
        return found.map { String($0.dropLast(7)) }.min().map {
            LetterFile(path: "\(directory)/\($0).ndjson", name: $0)
        }
    }

    /// Every letter in its order.
    func letters() throws(Fault) -> [Letter] {
        var letters: [Letter] = []
        for line in try Self.read(path, mayMiss: false).split(separator: 0x0A) {
            letters.append(try Self.letter(JSONValue.parse(Array(line))))
        }
        return letters
    }

    /// All have been sent: the file is kept under a name that says so.
    func finish() throws(Fault) {
        let done = path.replacingPrefix(Self.prefix, by: "redriven-")
        guard rename(path, done) == 0 else { throw Self.failure(path) }
    }

    private static func letter(_ value: JSONValue) throws(Fault) -> Letter {
        guard let node = value["node"]?.string, let offset = value["offset"]?.integer else {
            throw Fault(
                "redrive.letter", "a line is no letter",
                hint: "letters have the columns of the stream `dead_letters`: node, offset, bytes and so on")
        }
        return Letter(
            node: node, origin: value["origin"]?.string ?? "",
            partition: Int32(truncatingIfNeeded: value["partition"]?.integer ?? 0), offset: offset,
            eventTime: value["event_time"]?.string.flatMap { Timestamp.parse($0) }, bytes: value["bytes"]?.binary)
    }

    private static func read(_ path: String, mayMiss: Bool) throws(Fault) -> [UInt8] {
        if let bytes = SystemFile.read(path) { return bytes }
        if mayMiss, errno == ENOENT { return [] }
        throw failure(path)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        guard let stream = fopen(path, "wb") else { throw failure(path) }
        let isWritten =
            fwrite(bytes, 1, bytes.count, stream) == bytes.count && fflush(stream) == 0 && fsync(fileno(stream)) == 0
        guard fclose(stream) == 0, isWritten else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Fault {
        .system("redrive.file", "`\(path)` cannot be read or written")
    }
}

extension String {
    /// The last component of a path with another beginning.
    fileprivate func replacingPrefix(_ prefix: String, by other: String) -> String {
        guard let slash = lastIndex(of: "/") else { return self }
        let name = self[index(after: slash)...]
        return self[...slash] + other + name.dropFirst(prefix.count)
    }
}

extension JSONValue {
    fileprivate var integer: Int64? { if case .int64(let value) = self { value } else { nil } }

    /// Bytes as `JSONRowWriter` writes them: text, or `{"base64": …}` where they are none.
    fileprivate var binary: [UInt8]? {
        if let string { return Array(string.utf8) }
        return self["base64"]?.string.flatMap { Base64.decode($0) }
    }
}
