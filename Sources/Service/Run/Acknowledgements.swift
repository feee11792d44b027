import Dataflow
import Formats
import Glibc
import Primitives
import Synchronization

/// What people have acknowledged, kept as JSON lines in the state folder: an answer is given once it is on disk, and
/// a run that goes on from a checkpoint before it knows of it all the same.
final class Acknowledgements: Sendable {
    static let fileName = "acknowledged.ndjson"

    private let directory: String
    private let board: IncidentBoard
    private let clock: any WallClock
    private let writing = Mutex(())

    init(directory: String, board: IncidentBoard, clock: any WallClock) {
        self.directory = directory
        self.board = board
        self.clock = clock
    }

    private var path: String { directory + "/" + Self.fileName }

    /// Tells the board of what was acknowledged in runs before. A line that was torn by a crash was never answered.
    func load() {
        guard let bytes = try? readFile(path) else { return }
        for line in bytes.split(separator: 0x0A) {
            guard let value = try? JSONValue.parse(Array(line)), let incident = value["incident"]?.string,
                let at = value["at"]?.string.flatMap({ Timestamp.parse($0) })
            else { continue }
            board.acknowledge(
                incident, severity: value["severity"]?.string, .init(at: at, by: value["by"]?.string ?? ""))
        }
    }

    /// Acknowledges an open incident.
    /// - Parameter who: whatever the caller says of itself; may be empty.
    /// - Returns: `false` if no such incident is open.
    func give(_ incident: String, by who: String) throws(Fault) -> Bool {
        guard let open = board.open.first(where: { $0.name == incident }) else { return false }
        guard !open.isAcknowledged else { return true }
        let now = clock.now().microseconds
        var line = Array("{\"incident\":".utf8)
        JSONText.append(incident, to: &line)
        line += Array(",\"severity\":".utf8)
        JSONText.append(open.severity, to: &line)
        line += Array(",\"at\":".utf8)
        JSONText.append(Timestamp.format(now), to: &line)
        line += Array(",\"by\":".utf8)
        JSONText.append(who, to: &line)
        line += Array("}\n".utf8)
        let isWritten = writing.withLock { _ in
            mkdir(directory, 0o755)
            return SystemFile.append(line, to: path)
        }
        guard isWritten else {
            throw .system("state.write", "the acknowledgement cannot be kept in `\(path)`")
        }
        board.acknowledge(incident, severity: open.severity, .init(at: now, by: who))
        return true
    }
}
