import Dataflow
import Glibc
import Primitives

/// Notes what has been delivered since the last checkpoint, so that a run after a crash does not deliver it again.
///
/// A file an epoch, in the state folder: lines `epoch:number` of rows, and what a later run must know besides. A line
/// is handed to the kernel at once and so outlives the process; it reaches the disk within a second: after a loss of
/// power the rows of that second may be delivered twice, under the same ids.
final class DeliveryJournal {
    private static let syncNanoseconds: Int64 = 1_000_000_000

    private let directory: String
    private let prefix: String
    private var file: Int32 = -1
    private var isDirty = false
    private var lastSync: Int64 = 0

    /// - Parameter name: the sink's.
    init(directory: String, name: String) {
        self.directory = directory
        prefix = "delivered-\(name)-"
    }

    /// The journal of a sink in a run that keeps its state; `nil` in one that does not.
    convenience init?(_ context: SinkContext) {
        guard context.hasCheckpoints, let directory = context.stateDirectory else { return nil }
        self.init(directory: directory, name: context.name)
    }

    deinit { if file >= 0 { close(file) } }

    /// Notes lines; a disk that fails costs repeats, never a delivery.
    func note(_ lines: [String]) {
        guard file >= 0 else { return }
        let bytes = Array(lines.joined(separator: "\n").utf8) + [0x0A]
        _ = write(file, bytes, bytes.count)
        isDirty = true
    }

    /// Everything noted in epochs from one on, in order. A torn last line is left out.
    func lines(from epoch: Int64) -> [String] {
        epochs.filter { $0 >= epoch }.flatMap { epoch -> [String] in
            var text = String(decoding: SystemFile.read(path(epoch)) ?? [], as: UTF8.self)
            if let end = text.lastIndex(of: "\n") { text = String(text[..<end]) } else { text = "" }
            return text.split(separator: "\n").map(String.init)
        }
    }

    /// From here on lines belong to what has happened since `prepare(epoch)`.
    func begin(_ epoch: Int64) {
        if file >= 0 {
            fdatasync(file)
            close(file)
        }
        file = open(path(epoch), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        isDirty = false
    }

    /// A checkpoint has been committed: what was noted before it is in it.
    func forget(before epoch: Int64) {
        for old in epochs where old < epoch { unlink(path(old)) }
    }

    /// A run that starts anew: nothing noted before counts.
    func clear() { forget(before: .max) }

    func syncIfDue(_ now: Int64) {
        guard isDirty, now - lastSync >= Self.syncNanoseconds else { return }
        fdatasync(file)
        (isDirty, lastSync) = (false, now)
    }

    private func path(_ epoch: Int64) -> String { "\(directory)/\(prefix)\(epoch).log" }

    private var epochs: [Int64] {
        let names = (try? LocalDisk(root: directory).list("")) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(".log") else { return nil }
            return Int64(name.dropFirst(prefix.count).dropLast(4))
        }.sorted()
    }
}
