import Columnar
import Dataflow
import Formats
import Glibc
import Primitives

/// Keeps the dead letters that no sink of the file reads, as JSON lines in the state folder.
///
/// It is a sink like any other, so what a crash rolls back is cut off again. The file is made with the first letter and
/// is never begun anew: letters wait in it until they are sent through the pipeline again.
final class LetterSink: Sink {
    static let fileName = "dead_letters.ndjson"

    private let path: String
    private let writer = JSONRowWriter(schema: DeadLetter.schema)
    private let noteWritten: () -> Void
    private var descriptor: Int32 = -1
    private var pending: [UInt8] = []
    private(set) var counts = SinkCounts()
    let wantsCommit = false

    /// - Parameter noteWritten: called when there are letters in the file.
    init(directory: String, noteWritten: @escaping () -> Void) {
        path = directory + "/" + Self.fileName
        self.noteWritten = noteWritten
    }

    func write(_ batch: RecordBatch) throws(Fault) {
        writer.append(linesOf: batch, to: &pending)
        counts.received += Int64(batch.selectedCount)
        if pending.count > 1 << 20 { try flush() }
    }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot {
        try flush()
        guard descriptor >= 0 else { return SinkSnapshot(token: Array("0".utf8)) }
        guard fdatasync(descriptor) == 0 else { throw failure("synced") }
        let length = lseek(descriptor, 0, SEEK_END)
        guard length >= 0 else { throw failure("measured") }
        return SinkSnapshot(token: Array("\(length)".utf8))
    }

    func commit(epoch: Int64) {
        counts.committed = counts.received
        if descriptor >= 0 { noteWritten() }
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard let snapshot, let length = Int(String(decoding: snapshot.token, as: UTF8.self)) else { return }
        let file = open(path, O_WRONLY | O_CLOEXEC)
        // Whoever has read the letters may have taken the file away.
        if file < 0 && errno == ENOENT { return }
        guard file >= 0 else { throw failure("opened") }
        defer { Glibc.close(file) }
        guard lseek(file, 0, SEEK_END) > length else { return }
        guard ftruncate(file, length) == 0, fsync(file) == 0 else { throw failure("cut back") }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func flush() throws(Fault) {
        guard !pending.isEmpty else { return }
        if descriptor < 0 {
            descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw failure("opened") }
        }
        guard SystemFile.write(pending, to: descriptor) else { throw failure("written") }
        pending.removeAll(keepingCapacity: true)
    }

    private func failure(_ what: String) -> Fault {
        .system(
            "state.letters", "`\(path)` cannot be \(what)",
            hint: "name a writable folder with --state, or read `dead_letters` with a sink")
    }
}
