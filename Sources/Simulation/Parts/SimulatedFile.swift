import Columnar
import Dataflow
import Primitives

/// A file that survives: what was synced stays, and of the rest a crash leaves a part.
final class SimulatedFile {
    /// The id of each line.
    fileprivate(set) var lines: [Int64] = []
    fileprivate var syncedCount = 0

    /// The machine loses power.
    func losePower(_ random: inout RandomSource) {
        lines.removeLast(random.below(lines.count - syncedCount + 1))
    }
}

/// Appends rows at once and says at each checkpoint how long the file is; cuts it back to there.
final class SimulatedFileSink: Sink {
    private let life: Life
    private var committedCount = 0
    private(set) var counts = SinkCounts()

    init(_ life: Life) {
        self.life = life
    }

    private var file: SimulatedFile { life.world.file }

    func write(_ batch: RecordBatch) throws(Fault) {
        try life.pass("file write")
        counts.received += Int64(batch.selectedCount)
        if !life.isZombie { file.lines += EventRows.ids(batch) }
    }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot {
        try life.pass("file sync")
        if !life.isZombie { file.syncedCount = file.lines.count }
        return SinkSnapshot(token: Array("\(file.lines.count)".utf8))
    }

    func commit(epoch: Int64) throws(Fault) {
        try life.pass("file commit")
        counts.committed = counts.received
        guard !life.isZombie else { return }
        life.world.trace.note("file", epoch, Int64(file.lines.count))
        Oracle.checkFile(life.world, epoch: epoch)
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        try life.pass("file restore")
        let length = snapshot.flatMap { Int(String(decoding: $0.token, as: UTF8.self)) } ?? 0
        guard length <= file.lines.count else {
            throw Fault("simulation.file", "the file is shorter than its checkpoint", domain: .internal)
        }
        file.lines.removeLast(file.lines.count - length)
        file.syncedCount = length
        if snapshot != nil { Oracle.checkFile(life.world, epoch: epoch) }
    }

    /// Its rows are seen at once.
    let wantsCommit = false

    func close() {}
}
