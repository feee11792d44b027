package import Primitives

/// Where checkpoints are kept. One run writes to a store at a time.
package protocol CheckpointStore: Sendable {
    /// Finds the newest whole checkpoint; `nil` if there has never been one.
    ///
    /// A damaged one is named to `report` and the one before is taken; with none whole left this throws, since a run
    /// that started from nothing would give wrong numbers.
    func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint?

    /// Gives back the rows of one operator whose keys belong to `keyGroups`, bucket by bucket, the newest of each
    /// first.
    func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault)

    /// Gives back what a sink left with the checkpoint.
    func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot?

    /// Makes a checkpoint durable: once this returns, a crash finds it. Throws where it may not have become so.
    func commit(_ draft: CheckpointDraft) throws(Fault)

    /// Replaces what the newest checkpoint says of its sinks, in one step as durable as a commit; its rows stay.
    /// - Parameter head: of the same epoch.
    func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) throws(Fault)

    /// Work that need not be done before a checkpoint is durable: merges what lies in many pieces, removes what no
    /// checkpoint needs any more. Called now and then, between two commits.
    func maintain() throws(Fault)

    /// The newest epoch that there has been, whole or damaged; 0 if none. Known once it is open.
    var newestEpoch: Int64 { get }

    /// Bytes on disk.
    var byteCount: Int64 { get }

    func close()
}

/// How far a source had come.
package struct SourceCheckpoint: Sendable, Hashable {
    /// How far one of its lanes had come.
    package struct Lane: Sendable, Hashable {
        /// What people call it, the same in every run: `social.mentions [3]`.
        package var name: String
        /// Where to read on, in the source's own words.
        package var position: String
        /// The latest event time seen.
        package var latest: EventTime
        /// No watermark of the lane is earlier.
        package var least: EventTime

        package init(name: String, position: String, latest: EventTime, least: EventTime) {
            self.name = name
            self.position = position
            self.latest = latest
            self.least = least
        }
    }

    package var name: String
    package var watermark: EventTime
    package var lanes: [Lane]

    package init(name: String, watermark: EventTime, lanes: [Lane]) {
        self.name = name
        self.watermark = watermark
        self.lanes = lanes
    }
}

/// What is said of an operator in a checkpoint beside its rows.
package struct OperatorCheckpoint: Sendable, Hashable {
    package var name: String
    package var shape: StateShape
    package var tables: [StateTable]
    package var watermark: EventTime

    package init(name: String, shape: StateShape, tables: [StateTable], watermark: EventTime) {
        self.name = name
        self.shape = shape
        self.tables = tables
        self.watermark = watermark
    }
}

/// What a checkpoint says without its rows.
package struct CheckpointHead: Sendable {
    package var pipeline: String
    /// 1, 2, 3 … over all runs on this state folder.
    package var epoch: Int64
    package var subtasks: Int
    /// Every source had been read to an end that it will not outgrow: the next run begins anew.
    package var isFinished: Bool
    /// When it was taken.
    package var takenAt: EventTime
    package var sources: [SourceCheckpoint]
    package var operators: [OperatorCheckpoint]
    package var sinks: [(name: String, counts: SinkCounts)]
    /// Of every node and edge, since the state began.
    package var ledger: JobLedger

    package init(
        pipeline: String, epoch: Int64, subtasks: Int, isFinished: Bool, takenAt: EventTime,
        sources: [SourceCheckpoint], operators: [OperatorCheckpoint], sinks: [(name: String, counts: SinkCounts)],
        ledger: JobLedger
    ) {
        self.pipeline = pipeline
        self.epoch = epoch
        self.subtasks = subtasks
        self.isFinished = isFinished
        self.takenAt = takenAt
        self.sources = sources
        self.operators = operators
        self.sinks = sinks
        self.ledger = ledger
    }
}

/// A checkpoint as it was found.
package struct Checkpoint: Sendable {
    package var head: CheckpointHead

    package init(head: CheckpointHead) {
        self.head = head
    }
}

/// A checkpoint about to be written: what has changed since the one before.
package struct CheckpointDraft: Sendable {
    /// The changes of one operator within one subtask.
    package struct Part: Sendable {
        /// The operator's position in `head.operators`.
        package var node: Int
        package var subtask: Int
        package var changes: [StateChange]

        package init(node: Int, subtask: Int, changes: [StateChange]) {
            self.node = node
            self.subtask = subtask
            self.changes = changes
        }
    }

    package var head: CheckpointHead
    package var parts: [Part]
    /// Whether the parts hold the whole state: nothing that was written before counts any more.
    package var isWhole: Bool
    /// What each sink leaves, in the order of `head.sinks`.
    package var sinks: [SinkSnapshot]
    /// Bytes of state in files beside the checkpoints, which count as theirs do.
    package var spilledByteCount: Int64

    package init(
        head: CheckpointHead, parts: [Part], isWhole: Bool, sinks: [SinkSnapshot], spilledByteCount: Int64 = 0
    ) {
        self.spilledByteCount = spilledByteCount
        self.head = head
        self.parts = parts
        self.isWhole = isWhole
        self.sinks = sinks
    }
}
