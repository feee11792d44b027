import Columnar
package import Dataflow
import Formats
import Glibc
package import Primitives

/// The sink `file`: rows as JSON lines in a file.
package struct FileSinkFactory: SinkFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "file",
        summary: "Writes rows as JSON lines to a file.",
        doc: "A run that starts anew starts the file anew; one that goes on from a checkpoint cuts it back to what "
            + "that checkpoint had committed. Rows are seen within milliseconds, before their commit, which writes them "
            + "to the disk. Bytes that are no text become `{\"base64\": \"…\"}`.",
        kind: .object([
            FieldSpec("path", .path, required: true, doc: "The file; its folder must exist."),
            FieldSpec(
                "rotate", .byteSize,
                doc:
                    "Above this size the file is renamed to `path.1`, `path.2`, … and a new one started, with the next "
                    + "commit."),
            FieldSpec(
                "times", .choice(TimeStyle.allCases.map(\.rawValue)), default: "rfc3339", doc: "How times are written."),
        ]),
        example: "archive: { from: scored, file: { path: scored.ndjson, rotate: 128MiB } }")

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let path = settings["path"]?.string ?? ""
        let sink = try FileSink(
            path: path.hasPrefix("/") ? path : context.baseDirectory + "/" + path,
            rotateBytes: settings["rotate"]?.byteSize,
            rows: JSONRowWriter(
                schema: context.schema, times: TimeStyle(rawValue: settings["times"]?.string ?? "") ?? .rfc3339))
        // Without checkpoints nobody says that the run starts anew, and it does.
        if !context.hasCheckpoints { try sink.restore(nil, epoch: 0) }
        return sink
    }
}

/// Writes rows at once and makes them durable epoch by epoch; a later run takes back what no checkpoint counts.
private final class FileSink: Sink {
    private static let bufferBytes = 1 << 20

    private let path: String
    private let rotateBytes: Int64?
    private let rows: JSONRowWriter
    private var file: OutputFile
    private var rotations: Int64 = 0
    private var isRotating = false
    private var pending: [UInt8] = []
    private var pendingRows: Int64 = 0
    private(set) var counts = SinkCounts()

    init(path: String, rotateBytes: Int64?, rows: JSONRowWriter) throws(Fault) {
        self.path = path
        self.rotateBytes = rotateBytes
        self.rows = rows
        file = try OutputFile(path)
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard let snapshot else { return try file.cut(to: 0) }
        let state = try FileSinkState(snapshot.token)
        rotations = state.rotations
        guard file.isRegular, let inode = state.inode else { return }
        if state.isRotating {
            // The rename followed the checkpoint, if the run lived that long.
            if try OutputFile.inode("\(path).\(rotations + 1)") == inode {
                rotations += 1
                return try file.cut(to: 0)
            }
            try cutBack(state)
            return try rotate()
        }
        try cutBack(state)
    }

    func write(_ batch: RecordBatch) throws(Fault) {
        rows.append(linesOf: batch, to: &pending)
        counts.received += Int64(batch.selectedCount)
        pendingRows += Int64(batch.selectedCount)
        if pending.count > Self.bufferBytes { try file.append(&pending) }
    }

    /// Who reads along need not wait for a buffer to fill.
    func tick() throws(Fault) {
        if !pending.isEmpty { try file.append(&pending) }
    }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot {
        try file.append(&pending)
        try file.sync()
        isRotating = isAboveSize
        return SinkSnapshot(
            token: FileSinkState(
                length: file.length, rotations: rotations, isRotating: isRotating,
                inode: file.isRegular ? file.inode : nil
            ).bytes)
    }

    func commit(epoch: Int64) throws(Fault) {
        if isRotating { try rotate() }
        isRotating = false
        counts.committed += pendingRows
        pendingRows = 0
    }

    /// Rows have reached the file; only its size may want a commit.
    var wantsCommit: Bool { isAboveSize }

    func close() {
        file.close()
    }

    private var isAboveSize: Bool {
        guard let rotateBytes, file.isRegular else { return false }
        return file.length + Int64(pending.count) > rotateBytes
    }

    private func cutBack(_ state: FileSinkState) throws(Fault) {
        guard file.length >= state.length else {
            throw Fault(
                "file.cut_off", "file `\(path)` has lost rows that were committed",
                detail: "it holds \(file.length) of \(state.length) bytes",
                hint: "put it back, or start anew with another state folder", domain: .external)
        }
        try file.cut(to: state.length)
    }

    private func rotate() throws(Fault) {
        rotations += 1
        file.close()
        guard rename(path, "\(path).\(rotations)") == 0 else {
            throw .system("file.rename", "file `\(path)` cannot be renamed")
        }
        file = try OutputFile(path)
        try file.sync()
    }
}
