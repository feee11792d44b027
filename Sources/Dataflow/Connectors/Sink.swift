package import Columnar
package import Primitives

/// Where rows leave the graph. A sink lives on a thread of its own and may block there.
package protocol Sink: AnyObject {
    /// Takes a batch (its selected rows) into the open epoch. Nobody outside sees it before that epoch's commit.
    func write(_ batch: RecordBatch) throws(Fault)

    /// Ends an epoch: what was written since the last one becomes visible together, by `commit`. Nothing is written
    /// between the two.
    /// - Returns: what a later run needs to make that commit if this one does not live to.
    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot

    /// The checkpoint is durable: makes everything prepared visible and durable at its destination. Retries what can be
    /// retried; throws only what nothing but a person can mend.
    func commit(epoch: Int64) throws(Fault)

    /// Brings the destination to exactly what the checkpoint says, before the first row: cuts back what was written
    /// after it, makes its commit if that was not made. `nil`: the run starts anew.
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault)

    /// Whether rows have waited for a commit for as long as they should, or are too many to hold: a checkpoint is then
    /// taken before its time.
    var wantsCommit: Bool { get }

    /// Whether it holds as much as it should: it is given nothing more until its rows are committed, but what a
    /// checkpoint has to bring to it. Only for a sink that is empty after its commit.
    var isFull: Bool { get }

    /// Called every few milliseconds while nothing else happens, for what is due by then.
    func tick() throws(Fault)

    /// The last epoch has been committed and no row will come: delivers what is still held, as far as its receiver
    /// takes it.
    /// - Returns: what is left for a later run, if that is not what `prepare` said; the last checkpoint then says so.
    func finish() throws(Fault) -> SinkSnapshot?

    /// The last call, in a run that failed as well: lets go of everything.
    func close()

    /// What became of the rows so far.
    var counts: SinkCounts { get }
}

extension Sink {
    package var isFull: Bool { false }
    package func tick() {}
    package func finish() throws(Fault) -> SinkSnapshot? { nil }
}

/// A sink's side of the ledger: `received = committed + parked + held`.
package struct SinkCounts: Sendable, Hashable {
    package var received: Int64 = 0
    package var committed: Int64 = 0
    /// Refused by the receiver for good; kept, and can be sent again.
    package var parked: Int64 = 0

    package init() {}

    package var held: Int64 { received - committed - parked }
}

/// What every sink is given when it is opened.
package struct SinkContext: Sendable {
    package var pipeline: String
    /// The sink's name in the file.
    package var name: String
    package var clock: any WallClock
    /// Seeds jitter and ids.
    package var seed: UInt64
    package var baseDirectory: String
    /// The schema of the rows that will come.
    package var schema: Schema
    /// The columns that identify a row, where the stream has such: a later row replaces the earlier one of its key.
    /// Empty: every row is a row of its own.
    package var key: [String]
    /// Whether epochs are kept in checkpoints: without, nobody wants what `prepare` returns, and nothing is restored.
    package var hasCheckpoints: Bool
    /// The folder of the pipeline's state, where a sink may keep files of its own; `nil`: there is none.
    package var stateDirectory: String?
    /// Whether the run is being stopped: a sink then gives up waiting for a receiver that does not answer, and holds.
    package var isStopping: @Sendable () -> Bool
    /// Called, from any thread, with what a person may want to know: a receiver that refuses, a database lost or found.
    package var report: @Sendable (Fault) -> Void
    /// Keeps rows that the receiver refused for good, with the reason, where they can be sent again from.
    package var park: @Sendable ([DeadLetter]) -> Void

    package init(
        pipeline: String, name: String, clock: any WallClock, seed: UInt64, baseDirectory: String, schema: Schema,
        key: [String], hasCheckpoints: Bool, stateDirectory: String? = nil, isStopping: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (Fault) -> Void,
        park: @escaping @Sendable ([DeadLetter]) -> Void
    ) {
        self.pipeline = pipeline
        self.name = name
        self.clock = clock
        self.seed = seed
        self.baseDirectory = baseDirectory
        self.schema = schema
        self.key = key
        self.hasCheckpoints = hasCheckpoints
        self.stateDirectory = stateDirectory
        self.isStopping = isStopping
        self.report = report
        self.park = park
    }
}

/// Makes sinks of one kind from their settings in a pipeline file.
package protocol SinkFactory: Sendable {
    var spec: ComponentSpec { get }

    /// Checks the settings against the rows that will come, offline and at once.
    func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector)

    /// Opens the sink. Blocks until its destination is reachable or gives up with a fault that says what to do.
    func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink
}

extension SinkFactory {
    package func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {}
}
