package import Primitives

/// An opened source: shared by the subtasks, which each take a reader of it.
package protocol Source: Sendable {
    /// Lanes that exist now. A lane is read by one reader, or, if `sharesLanes`, by whoever asks next.
    var laneCount: Int { get }

    /// Whether the frames of one lane are handed to several readers in turn (a file's numbered chunks).
    var sharesLanes: Bool { get }

    /// What people call a lane, the same in every run: `social.mentions [3]`. Its position is found by it.
    func laneName(_ lane: Int) -> String

    /// Whether it ends by itself, always at the same place: a file does, a topic does not.
    var isBounded: Bool { get }

    /// The part of the source that one subtask reads.
    /// - Parameter wake: may be called from any thread when records have come, to end the subtask's wait early.
    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) throws(Fault)
        -> any SourceReader
}

/// One subtask's end of a source. Used from that subtask's thread alone.
package protocol SourceReader: AnyObject {
    /// The lanes this reader may hand out; together the readers cover every lane.
    var lanes: [Int] { get }

    /// Takes the next records if some are ready; never blocks for longer than reading them from a local disk takes.
    /// `untilEnd`: stop at the end each lane had when the source was opened.
    func next() throws(Fault) -> SourceEvent

    /// Where to read on after everything handed out so far, by lane; of a lane that several readers share each says the
    /// same. A later run gives it back in `SourceContext.positions`.
    func positions() -> [(lane: Int, position: String)]

    /// Stops reading and gives up what it holds; positions are still told. Called once.
    func close()
}

/// What a reader has to give when it is asked.
package enum SourceEvent {
    case records(RawRecords)
    /// Nothing now; ask again when woken, or after a few milliseconds.
    case pending
    /// Nothing now because every record written so far has been read: an idle lane is truly idle, not cut off.
    case caughtUp
    /// Nothing ever again.
    case end
}

/// What every source is given when it is opened.
package struct SourceContext: Sendable {
    package var pipeline: String
    /// The source's name in the file.
    package var name: String
    package var clock: any WallClock
    /// Whether to end where the source ended when it was opened (`run --until-end`).
    package var untilEnd: Bool
    /// The folder that relative paths start from.
    package var baseDirectory: String
    /// Where to read on, by the names of lanes; empty in a run that starts anew. A lane that is not named is new and is
    /// read from its beginning.
    package var positions: [String: String]
    /// Bytes of memory that the file allows the whole run; `nil`: it does not say.
    package var memory: Int64?
    /// Called, from any thread, with what a person may want to know: a broker lost or found.
    package var report: @Sendable (Fault) -> Void

    package init(
        pipeline: String, name: String, clock: any WallClock, untilEnd: Bool, baseDirectory: String,
        positions: [String: String] = [:], memory: Int64? = nil, report: @escaping @Sendable (Fault) -> Void
    ) {
        self.pipeline = pipeline
        self.name = name
        self.clock = clock
        self.untilEnd = untilEnd
        self.baseDirectory = baseDirectory
        self.positions = positions
        self.memory = memory
        self.report = report
    }
}

/// Makes sources of one kind from their settings in a pipeline file.
package protocol SourceFactory: Sendable {
    var spec: ComponentSpec { get }

    /// Checks what the spec alone cannot (a property's name, a pattern), offline and at once.
    func validate(_ settings: Settings, _ faults: FaultCollector)

    /// Opens the source. Blocks until it is reachable or gives up with a fault that says what to do.
    func open(_ settings: Settings, _ context: SourceContext) throws(Fault) -> any Source
}

extension SourceFactory {
    package func validate(_ settings: Settings, _ faults: FaultCollector) {}
}
