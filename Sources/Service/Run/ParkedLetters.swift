import Columnar
import Dataflow
import Formats
import Glibc
import Primitives
import Synchronization

/// Keeps rows that a receiver refused as JSON lines in the state folder: at once and durably, since a sink tells of
/// them when it commits.
final class ParkedLetters: Sendable {
    static let fileName = "parked.ndjson"

    private let directory: String
    private let path: String
    private let hasWritten = Mutex(false)

    init(directory: String) {
        self.directory = directory
        path = directory + "/" + Self.fileName
    }

    /// The file, once something has been kept.
    var writtenPath: String? { hasWritten.withLock { $0 ? path : nil } }

    func keep(_ letters: [DeadLetter], node: String) throws(Fault) {
        let batch = DeadLetter.batch(letters, node: node)
        var text: [UInt8] = []
        JSONRowWriter(schema: batch.schema).append(linesOf: batch, to: &text)
        let result: Result<Void, Fault> = hasWritten.withLock { hasWritten in
            do throws(Fault) {
                try makeDirectories()
                guard SystemFile.append(text, to: path) else { throw failure() }
                hasWritten = true
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func makeDirectories() throws(Fault) {
        var prefix = directory.hasPrefix("/") ? "/" : ""
        for part in directory.split(separator: "/") {
            prefix += part + "/"
            if mkdir(prefix, 0o755) != 0 && errno != EEXIST { throw failure() }
        }
    }

    private func failure() -> Fault {
        .system(
            "state.write", "parked rows cannot be written to `\(path)`", hint: "name a writable folder with --state")
    }
}
