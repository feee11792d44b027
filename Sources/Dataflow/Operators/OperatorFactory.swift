package import Columnar
package import Primitives

/// What is known of a stream before it runs.
package struct StreamShape: Sendable, Hashable {
    package var schema: Schema
    package var hasEventTime: Bool
    /// The columns that identify a row, where a later row replaces the earlier one of its key; empty where each row
    /// stands for itself.
    package var key: [String]
    /// Whether such later rows do come: what adds rows up must not read them.
    package var isUpdating: Bool

    package init(schema: Schema, hasEventTime: Bool, key: [String] = [], isUpdating: Bool = false) {
        self.schema = schema
        self.hasEventTime = hasEventTime
        self.key = key
        self.isUpdating = isUpdating
    }
}

/// Makes operators of one kind from their settings in a pipeline file.
package protocol OperatorFactory: Sendable {
    var spec: ComponentSpec { get }

    /// How many inputs `from:` may name.
    var inputCount: ClosedRange<Int> { get }

    /// Checks the settings against the inputs, offline and at once, and says what will come out. Every fault goes to
    /// `faults`; with any, the result may be `nil`, or a best guess that lets the operators behind it be checked too.
    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
}

extension OperatorFactory {
    package var inputCount: ClosedRange<Int> { 1...1 }
}

/// What planning may look at beyond the settings.
package struct PlanContext: Sendable {
    /// The operator's name in the file.
    package var name: String
    /// The folder that relative paths start from.
    package var baseDirectory: String
    /// Reads a small static table from a file; a format's work, passed in because operators know no format.
    package var readTable: @Sendable (_ path: String) throws(Fault) -> StaticTable
    /// Models of text analysis.
    package var models: ModelFiles

    package init(
        name: String, baseDirectory: String, models: ModelFiles = .none,
        readTable: @escaping @Sendable (_ path: String) throws(Fault) -> StaticTable
    ) {
        self.name = name
        self.baseDirectory = baseDirectory
        self.models = models
        self.readTable = readTable
    }

    /// A path of the file, relative to the pipeline file's folder.
    package func resolve(_ path: String) -> String {
        path.hasPrefix("/") ? path : baseDirectory + "/" + path
    }
}

/// A small table of strings: a watchlist, a lookup.
package struct StaticTable: Sendable {
    package var columns: [String]
    /// One value a column in each; `nil` where there is none.
    package var rows: [[String?]]

    package init(columns: [String], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }
}

/// An operator, checked and ready to be made once for each subtask.
package struct PlannedOperator: Sendable {
    package var output: StreamShape
    /// Which input columns (paths) are needed to give the wanted output columns; one set an input. `nil` asks for all.
    package var inputPaths: @Sendable (_ wanted: Set<String>?) -> [Set<String>?]
    package var placement: Placement
    package var state: StateEstimate
    /// What decides how the state looks that it keeps across restarts; `nil` if it keeps none.
    package var stateShape: StateShape?
    /// What a reader of `explain` wants to know beyond the schema, one fact a line: `window: tumbling 1m`.
    package var facts: [String]

    package init(
        output: StreamShape, inputPaths: @escaping @Sendable (Set<String>?) -> [Set<String>?], placement: Placement,
        state: StateEstimate = .none, stateShape: StateShape? = nil, facts: [String] = []
    ) {
        self.output = output
        self.inputPaths = inputPaths
        self.placement = placement
        self.state = state
        self.stateShape = stateShape
        self.facts = facts
    }
}

/// Worst-case memory of an operator over all subtasks.
package struct StateEstimate: Sendable, Hashable {
    /// Bytes for each key (or each remembered row) that is live at once.
    package var bytesPerKey: Int
    /// What a key is, and for how long one is live: `one of (brand, platform) in each open window of 1m + 2m`.
    package var description: String
    /// Keys that the budget is computed for.
    package var keys: Int
    /// Bytes of memory for each key that has gone to disk; `nil` where the state stays in memory.
    package var spilledBytesPerKey: Int?

    package init(bytesPerKey: Int, keys: Int, description: String, spilledBytesPerKey: Int? = nil) {
        self.bytesPerKey = bytesPerKey
        self.spilledBytesPerKey = spilledBytesPerKey
        self.keys = keys
        self.description = description
    }

    package static let none = StateEstimate(bytesPerKey: 0, keys: 0, description: "")

    package var bytes: Int { bytesPerKey.multipliedReportingOverflow(by: keys).partialValue }
}

/// Where an operator's work happens, and which rows must meet for it.
package enum Placement: Sendable {
    /// In whichever subtask the rows are. Union is this too: several inputs, no change.
    case local(@Sendable (SubtaskContext) throws(Fault) -> any Operator)

    /// Rows travel to the subtask that owns their key (all to one, if `keys` is empty).
    case keyed(keys: [FieldPath], @Sendable (SubtaskContext) throws(Fault) -> any Operator)

    /// The same for several inputs, each with its own key columns, of the same types. A frame says by which input it
    /// came.
    case joined(keys: [[FieldPath]], @Sendable (SubtaskContext) throws(Fault) -> any Operator)

    /// Rows are folded where they are; the few partial rows travel by key and are merged by their owner.
    case folded(any FoldingFactory)

    /// Keys travel to their owner, which answers in the order of the lanes which rows go on; the rows stay.
    case judged(any JudgingFactory)
}

/// The two halves of an operator that folds before it exchanges.
package protocol FoldingFactory: Sendable {
    /// Folds and finishes in one place: a run with a single subtask.
    func makeWhole(_ context: SubtaskContext) throws(Fault) -> any Operator
    /// Folds rows into partial rows, which it emits with `partialSchema`.
    func makeFold(_ context: SubtaskContext) throws(Fault) -> any Operator
    /// Merges partial rows into results.
    func makeMerge(_ context: SubtaskContext) throws(Fault) -> any Operator
    /// The rows between the halves. Column 0, an int64, is the hash of the key: it decides the owner.
    var partialSchema: Schema { get }
}

/// The two halves of an operator that decides about rows by what was seen of their key before.
package protocol JudgingFactory: Sendable {
    func makeAsker(_ context: SubtaskContext) throws(Fault) -> any Asker
    func makeJudge(_ context: SubtaskContext) throws(Fault) -> any Judge
}

/// A key on its way to its judge: its 128-bit hash stands for its bytes.
package struct KeyQuestion: Sendable, BitwiseCopyable {
    package var low: UInt64
    package var high: UInt64
    /// The row's event time, in microseconds.
    package var time: Int64

    package init(low: UInt64, high: UInt64, time: Int64) {
        self.low = low
        self.high = high
        self.time = time
    }
}

/// Reads the keys of rows.
package protocol Asker: AnyObject {
    /// One question for each selected row, in order.
    func questions(_ frame: Frame) -> [KeyQuestion]
}

/// Owns a share of the keys and judges rows by them.
package protocol Judge: AnyObject {
    /// Whether each row goes on. Questions of one lane come in the lane's order.
    func judge(_ questions: [KeyQuestion], floor: EventTime) throws(Fault) -> [Bool]
    /// Forgets what no row to come can ask for.
    func advance(to watermark: EventTime)
    /// What it remembers, and must still remember after a restart.
    var state: (any OperatorState)? { get }
    var memoryFootprint: Int { get }
}

/// What an operator is given when a subtask makes it.
package struct SubtaskContext: Sendable {
    package var subtask: Int
    package var subtasks: Int
    package var clock: any WallClock
    /// Seeds whatever chance the operator uses; the same for every subtask of a run.
    package var seed: UInt64
    /// Writes a row as text, for the letters of rows that an operator refuses.
    package var renderRow: RowRenderer
    /// Where state goes that memory has no room for; `nil`: nowhere.
    package var spills: SpillFolder?
    /// Bytes of memory for the state of all operators together; `nil`: any number.
    package var stateMemory: Int?
    /// Where open incidents are shown and acknowledged; `nil`: nowhere.
    package var incidents: IncidentBoard?

    package init(
        subtask: Int, subtasks: Int, clock: any WallClock, seed: UInt64, renderRow: @escaping RowRenderer,
        spills: SpillFolder? = nil, stateMemory: Int? = nil, incidents: IncidentBoard? = nil
    ) {
        self.stateMemory = stateMemory
        self.subtask = subtask
        self.subtasks = subtasks
        self.clock = clock
        self.seed = seed
        self.renderRow = renderRow
        self.spills = spills
        self.incidents = incidents
    }
}

/// Writes one row of a batch as text (JSON); a format's work, passed in because operators know no format.
package typealias RowRenderer = @Sendable (_ batch: RecordBatch, _ row: Int) -> [UInt8]

extension Judge {
    package var state: (any OperatorState)? { nil }
}
