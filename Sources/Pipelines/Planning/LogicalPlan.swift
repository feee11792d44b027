package import Columnar
package import Dataflow
package import Primitives

/// A pipeline file, checked: the typed graph that a runtime executes.
///
/// `nodes` stand in topological order: implicit streams and sources first, then each operator after all of its inputs,
/// sinks last. A node's position in `nodes` is its identity within a run (`Lane.node`).
package struct LogicalPlan: Sendable {
    /// Names the consumer group, the state folder and the metrics label.
    package var name: String
    package var description: String?
    /// The folder of the pipeline file, which relative paths start from.
    package var baseDirectory: String
    package var nodes: [LogicalNode]
    package var checkpointInterval: Duration
    /// Bytes of memory that the file allows; `nil` if it does not say.
    package var memoryBudget: Int64?
    /// Bytes of disk that the file allows; `nil` if it does not say.
    package var diskBudget: Int64?
    /// Takes secrets out of any text that leaves the process.
    package var redactor: Redactor

    package init(
        name: String, description: String?, baseDirectory: String, nodes: [LogicalNode], checkpointInterval: Duration,
        memoryBudget: Int64?, diskBudget: Int64?, redactor: Redactor
    ) {
        self.name = name
        self.description = description
        self.baseDirectory = baseDirectory
        self.nodes = nodes
        self.checkpointInterval = checkpointInterval
        self.memoryBudget = memoryBudget
        self.diskBudget = diskBudget
        self.redactor = redactor
    }

    /// The nodes that read a node's stream, in the order of the plan.
    package func consumers(of position: Int) -> [Int] {
        nodes.indices.filter { nodes[$0].inputs.contains(position) }
    }
}

/// One node of the graph.
package struct LogicalNode: Sendable {
    /// As in the file; `dead_letters` or `late` for an implicit stream.
    package var name: String
    /// Positions in `LogicalPlan.nodes` of the streams it reads, in the order of `from:`.
    package var inputs: [Int]
    /// The rows that come out of it; for a sink, the rows that go in.
    package var shape: StreamShape
    package var work: Work
    /// What `explain` shows of its settings, one a line; secrets are hidden.
    package var facts: [String]

    /// What a node does.
    package enum Work: Sendable {
        case implicit(ImplicitStream)
        case source(PlannedSource)
        case `operator`(kind: String, PlannedOperator)
        case sink(PlannedSink)
    }

    package init(name: String, inputs: [Int], shape: StreamShape, work: Work, facts: [String] = []) {
        self.name = name
        self.inputs = inputs
        self.shape = shape
        self.work = work
        self.facts = facts
    }
}

/// A stream that every pipeline has without a source; its rows have `DeadLetter.schema`. Only sinks may read one: an
/// operator that refused such a row would feed itself.
package enum ImplicitStream: String, Sendable, CaseIterable {
    /// Rows refused for good, from any node.
    case deadLetters = "dead_letters"
    /// Rows that came after their window had closed, from any operator.
    case late
}

/// What a source does with a record that cannot be decoded.
package enum RecordFaultPolicy: String, Sendable, CaseIterable {
    /// It goes to the stream `dead_letters`.
    case deadLetter = "dead_letter"
    /// It is counted, and kept nowhere.
    case skip
    /// The run ends with a fault.
    case fail
}

/// A source, checked and ready to be opened.
package struct PlannedSource: Sendable {
    package var connector: any SourceFactory
    package var settings: Settings
    package var format: any FormatFactory
    package var formatSettings: Settings
    /// The columns to decode: those of `fullSchema` that the graph needs.
    package var wantedSchema: Schema
    /// Every column that a record has.
    package var fullSchema: Schema
    package var eventTime: EventTimeOrigin
    /// How far the watermark stays behind the newest event time.
    package var delay: Duration
    /// How long a lane may be quiet before the watermark goes on without it.
    package var idle: Duration
    package var onError: RecordFaultPolicy

    /// Makes one subtask's decoder of the wanted columns.
    package func makeDecoder() throws(Fault) -> any Decoder {
        try format.makeDecoder(formatSettings, schema: wantedSchema, eventTime: eventTime)
    }
}

/// A sink, checked and ready to be opened. Its rows are the node's `shape`.
package struct PlannedSink: Sendable {
    package var connector: any SinkFactory
    package var settings: Settings
}
