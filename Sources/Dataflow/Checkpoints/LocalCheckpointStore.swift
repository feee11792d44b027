import Columnar
import Compression
package import Primitives
import Synchronization

/// Checkpoints in a folder of a disk: segments of rows, and a manifest an epoch that names them.
///
/// A commit writes the changes as one segment, syncs it, writes the manifest under another name, syncs it, renames it
/// into place and syncs the folder: that rename is the commit. The newest two checkpoints are kept; what is older goes
/// once the newest has been read back. After a failure nothing is written any more: the changes of the draft that
/// failed are in no file, and every later checkpoint would lack them.
package final class LocalCheckpointStore: CheckpointStore {
    private struct State {
        var manifest: Manifest?
        /// The one before, whose files must stay.
        var previous: Manifest?
        var newestEpoch: Int64 = 0
        /// Whether the folder says that there has been a checkpoint.
        var hasBegun = false
        var byteCount: Int64 = 0
        /// Merged blocks that the next manifest takes in place of these.
        var merges: [BlockMerge.Result] = []
        var mergeNumber = 0
        /// Files that have been read back and found whole.
        var proven: Set<Manifest.File> = []
        /// What went wrong first.
        var failure: Fault?
    }

    /// A file that is there once the first checkpoint is durable: with no manifest beside it, manifests are missing.
    private static let begunName = "begun"

    private let folder: CheckpointFolder
    private let pipeline: String
    private let diskBudget: Int64?
    private let lock: any DiskLock
    private let state = Mutex(State())

    /// Makes the folder if need be, and locks it.
    /// - Parameters:
    ///   - directory: within the disk.
    ///   - pipeline: whose state it is.
    ///   - diskBudget: bytes that the files may take together; `nil`: any number.
    package init(disk: any Disk, directory: String, pipeline: String, diskBudget: Int64?) throws(Fault) {
        folder = CheckpointFolder(disk: disk, directory: directory)
        self.pipeline = pipeline
        self.diskBudget = diskBudget
        try disk.makeDirectory(directory)
        guard let lock = try disk.lock("\(directory)/lock") else {
            throw Fault(
                "state.in_use", "another process works with the state in `\(directory)`",
                hint: "stop it first, or name another folder with --state", domain: .external)
        }
        self.lock = lock
    }

    package func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint? {
        let epochs = try folder.epochs()
        var whole: Manifest?
        for epoch in epochs {
            do throws(Fault) {
                let manifest = try folder.manifest(epoch, pipeline: pipeline)
                try folder.verify(manifest)
                whole = manifest
                break
            } catch {
                // What is another's, or of another version, is not damage, and a disk that fails says nothing about the
                // file: an older one must not be taken for it.
                if error.domain == .user || error.code == "disk.failed" { throw error }
                var told = error
                told.hint = "the checkpoint before it is looked for"
                report(told)
            }
        }
        let hasBegun = try folder.disk.list(folder.directory).contains(Self.begunName)
        if whole == nil, hasBegun || !epochs.isEmpty {
            throw Fault(
                "state.unreadable", "no checkpoint in `\(folder.directory)` is whole",
                detail: epochs.first.map { "the newest is \($0)" } ?? "the manifests are missing",
                hint: "restore the folder from a copy, or name an empty one with --state to read the input again",
                domain: .external)
        }
        // It may have been renamed by a run that died before it synced the folder. What is made of it, a sink's commit
        // above all, must not outlive it.
        if whole != nil { try folder.disk.syncDirectory(folder.directory) }
        let byteCount = try folder.byteCount()
        state.withLock { state in
            state.manifest = whole
            state.previous = nil
            state.newestEpoch = epochs.first ?? 0
            state.hasBegun = hasBegun
            state.byteCount = byteCount
            state.proven = whole?.files ?? []
        }
        return whole.map { Checkpoint(head: $0.head) }
    }

    package func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        #if CANARIES
            let newestFirst = state.withLock { $0.manifest?.blocks ?? [] }
            let blocks = Canary.isOn(.restoreStale) ? newestFirst.reversed() : newestFirst
        #else
            let blocks = state.withLock { $0.manifest?.blocks ?? [] }
        #endif
        for block in blocks where block.node == node && block.groups.overlaps(keyGroups) {
            let rows = try BatchCodec.decode(folder.content(block.place))
            try body(StateRows(table: block.table, bucket: block.bucket, rows: rows))
        }
    }

    package func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot? {
        guard let manifest = state.withLock({ $0.manifest }),
            let index = manifest.head.sinks.firstIndex(where: { $0.name == name })
        else { return nil }
        var snapshot = SinkSnapshot(token: manifest.sinks[index].token)
        for place in manifest.sinks[index].rows {
            snapshot.rows.append(try BatchCodec.decode(folder.content(place)))
        }
        #if CANARIES
            if Canary.isOn(.duplicateOutbox) { snapshot.rows += snapshot.rows }
        #endif
        return snapshot
    }

    package func commit(_ draft: CheckpointDraft) throws(Fault) {
        try unlessFailed { () throws(Fault) in try write(draft) }
    }

    package func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) throws(Fault) {
        try unlessFailed { () throws(Fault) in try rewrite(head, sinks) }
    }

    package func maintain() throws(Fault) {
        try unlessFailed { () throws(Fault) in try tidy() }
    }

    package var newestEpoch: Int64 { state.withLock { $0.newestEpoch } }
    package var byteCount: Int64 { state.withLock { $0.byteCount } }

    package func close() {
        lock.unlock()
    }

    // MARK: -

    /// Does something, unless something has gone wrong before.
    private func unlessFailed(_ body: () throws(Fault) -> Void) throws(Fault) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        do throws(Fault) {
            try body()
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }

    private func write(_ draft: CheckpointDraft) throws(Fault) {
        let epoch = draft.head.epoch
        let (manifest, merges) = state.withLock { ($0.manifest, $0.merges) }
        var writer = SegmentWriter(name: "changes-\(epoch)\(CheckpointFolder.segmentSuffix)", epoch: epoch)
        var list = BlockList(draft.isWhole ? [] : manifest?.blocks ?? [])
        for merge in merges { list.replace(merge) }
        list.keep(nodes: Set(draft.head.operators.map(\.name)))
        let added = list.apply(draft, to: &writer)
        let sinks = SinkBlocks(draft.sinks, &writer)
        try checkBudget(adding: writer.byteCount + draft.spilledByteCount, list.blocks)
        let places = try writer.write(to: folder.disk, directory: folder.directory)
        let next = Manifest(head: draft.head, blocks: list.finished(added, places), sinks: sinks.placed(places))
        let size = try install(next)
        try begin()
        state.withLock { state in
            state.previous = state.manifest
            state.manifest = next
            state.merges = []
            state.newestEpoch = epoch
            state.byteCount += (writer.isEmpty ? 0 : writer.byteCount) + size
        }
    }

    private func rewrite(_ head: CheckpointHead, _ snapshots: [SinkSnapshot]) throws(Fault) {
        guard let manifest = state.withLock({ $0.manifest }), manifest.head.epoch == head.epoch else {
            throw Fault("state.amend", "checkpoint \(head.epoch) is not the newest", domain: .internal)
        }
        var writer = SegmentWriter(
            name: "amended-\(head.epoch)\(CheckpointFolder.segmentSuffix)", epoch: head.epoch)
        let sinks = SinkBlocks(snapshots, &writer)
        let places = try writer.write(to: folder.disk, directory: folder.directory)
        let next = Manifest(head: head, blocks: manifest.blocks, sinks: sinks.placed(places))
        try install(next)
        state.withLock { state in
            state.manifest = next
            state.byteCount += writer.isEmpty ? 0 : writer.byteCount
        }
    }

    /// Puts a manifest into place, durably. What it names has been written.
    /// - Returns: bytes.
    @discardableResult
    private func install(_ manifest: Manifest) throws(Fault) -> Int64 {
        let bytes = ManifestCodec.encode(manifest)
        let path = "\(folder.directory)/\(Manifest.name(manifest.head.epoch))"
        #if CANARIES
            if Canary.isOn(.manifestInPlace) {
                try folder.disk.write(path, [bytes])
            } else {
                try folder.disk.write(path + ".new", [bytes])
                try folder.disk.syncDirectory(folder.directory)
                try folder.disk.rename(path + ".new", to: path)
            }
            if !Canary.isOn(.skipDirectorySync) { try folder.disk.syncDirectory(folder.directory) }
        #else
            try folder.disk.write(path + ".new", [bytes])
            // The names of the segments, before that of the manifest which needs them.
            try folder.disk.syncDirectory(folder.directory)
            try folder.disk.rename(path + ".new", to: path)
            try folder.disk.syncDirectory(folder.directory)
        #endif
        return Int64(bytes.count)
    }

    private func tidy() throws(Fault) {
        let (current, previous) = state.withLock { ($0.manifest, $0.previous) }
        guard let current else { return }
        try proveReadable(current)
        try removeGarbage(current, previous)
        let merge = BlockMerge(folder: folder, manifest: current)
        guard merge.isWorthwhile else { return }
        let number = state.withLock { state in
            state.mergeNumber += 1
            return state.mergeNumber
        }
        let results = try merge.run(name: "merged-\(current.head.epoch)-\(number)\(CheckpointFolder.segmentSuffix)")
        state.withLock { state in
            state.merges = results
            state.byteCount += Set(results.map(\.block.place.file)).reduce(0) { $0 + $1.size }
        }
    }

    /// Notes, before any sink commits its first epoch, that from now on the folder is never empty.
    private func begin() throws(Fault) {
        guard !state.withLock({ $0.hasBegun }) else { return }
        try folder.disk.write("\(folder.directory)/\(Self.begunName)", [])
        try folder.disk.syncDirectory(folder.directory)
        state.withLock { $0.hasBegun = true }
    }

    /// Reads back what the newest checkpoint needs and none before it has, merged blocks among it, before anything that
    /// an older one needs is removed.
    private func proveReadable(_ manifest: Manifest) throws(Fault) {
        let proven = state.withLock { $0.proven }
        var written = try folder.manifest(manifest.head.epoch, pipeline: pipeline)
        let files = written.files
        written.blocks.removeAll { proven.contains($0.place.file) }
        try folder.verify(written)
        state.withLock { $0.proven = files }
    }

    private func removeGarbage(_ current: Manifest, _ previous: Manifest?) throws(Fault) {
        var needed = Set(current.files.map(\.name)).union(previous?.files.map(\.name) ?? [])
        #if CANARIES
            if Canary.isOn(.removeNeeded) { needed = Set(previous?.files.map(\.name) ?? []) }
        #endif
        needed.formUnion(state.withLock { $0.merges.map(\.block.place.file.name) })
        let manifests = Set([current, previous].compactMap { $0?.head.epoch })
        for name in try folder.disk.list(folder.directory) {
            let isGarbage =
                if let epoch = Manifest.epoch(ofName: name) {
                    // Without the one before in memory, the newest older one on the disk takes its place.
                    !manifests.contains(epoch) && (previous != nil || epoch > current.head.epoch)
                } else if name.hasSuffix(CheckpointFolder.segmentSuffix) {
                    !needed.contains(name) && previous != nil
                } else {
                    name.hasPrefix("manifest-") && name.hasSuffix(".new")
                }
            if isGarbage { try folder.disk.remove("\(folder.directory)/\(name)") }
        }
        let byteCount = try folder.byteCount()
        state.withLock { $0.byteCount = byteCount }
    }

    private func checkBudget(adding bytes: Int64, _ blocks: [Manifest.Block]) throws(Fault) {
        guard let diskBudget, byteCount + bytes > diskBudget else { return }
        var byNode: [String: Int64] = [:]
        for block in blocks { byNode[block.node, default: 0] += block.place.length }
        let largest = byNode.max { ($0.value, $0.key) < ($1.value, $1.key) }
        throw Fault.diskBudget(byteCount + bytes, of: diskBudget, largest: largest.map { ($0.key, $0.value) })
    }
}

/// What sinks leave with a checkpoint, on its way into a segment.
private struct SinkBlocks {
    private let tokens: [[UInt8]]
    /// By sink, the number of each of its blocks in the segment.
    private let blocks: [[Int]]

    init(_ snapshots: [SinkSnapshot], _ writer: inout SegmentWriter) {
        tokens = snapshots.map(\.token)
        var blocks: [[Int]] = []
        for snapshot in snapshots { blocks.append(snapshot.rows.map { writer.add($0.compacted(), codec: .lz4) }) }
        self.blocks = blocks
    }

    /// - Parameter places: of the segment's blocks, once it has been written.
    func placed(_ places: [Manifest.Place]) -> [Manifest.Sink] {
        zip(tokens, blocks).map { token, rows in Manifest.Sink(token: token, rows: rows.map { places[$0] }) }
    }
}
