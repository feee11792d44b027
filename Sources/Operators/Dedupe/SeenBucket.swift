import Dataflow
import Primitives

/// What has passed in one bucket of event time.
final class SeenBucket {
    let number: Int64
    private(set) var table = SeenTable()
    /// What was in the table when it became too large, on disk. The newest last.
    private(set) var runs: [SeenRun] = []
    /// Added to the table since the last capture, once there has been one.
    private(set) var added: [SeenKey] = []
    /// Whether a checkpoint may hold keys of the table, or of tables before it.
    var isCaptured = false
    /// Whether some of those are in a run by now.
    private(set) var isOutdated = false
    /// Whether a checkpoint names runs, and whether it names these.
    var hasCapturedRuns = false
    private(set) var hasNewRuns = false

    init(_ number: Int64) {
        self.number = number
    }

    var memoryFootprint: Int {
        table.memoryFootprint + added.capacity * MemoryLayout<SeenKey>.stride
            + runs.reduce(0) { $0 + $1.memoryFootprint }
    }

    /// Whether the key is in one of the runs with an offset that `matches`.
    func runsContain(_ key: SeenKey, _ matches: (UInt32) -> Bool) throws(Fault) -> Bool {
        for run in runs where try run.contains(key, matches) { return true }
        return false
    }

    /// - Parameter noting: whether a checkpoint must learn of it.
    func insert(_ key: SeenKey, noting: Bool) {
        table.insert(key)
        if noting { added.append(key) }
    }

    /// Moves what is in the table to disk.
    func seal(_ horizon: DedupeHorizon, in folder: SpillFolder) throws(Fault) {
        guard table.count > 0 else { return }
        added = []
        runs.append(try SeenRun.seal(table.takeSorted(), horizon, in: folder))
        table = SeenTable()
        isOutdated = isCaptured
        hasNewRuns = true
        let due = SeenRunMerger.due(runs)
        guard !due.isEmpty else { return }
        let merged = try SeenRunMerger.merge(due, horizon, in: folder)
        for run in due { folder.retire(run.file.name) }
        runs.removeAll { run in due.contains { $0 === run } }
        runs.append(merged)
    }

    /// A run has come back.
    func append(_ run: SeenRun) {
        runs.append(run)
        hasCapturedRuns = true
    }

    /// Everything is in a checkpoint.
    func capture() {
        isCaptured = table.count > 0
        hasCapturedRuns = !runs.isEmpty
        added = []
        isOutdated = false
        hasNewRuns = false
    }
}
