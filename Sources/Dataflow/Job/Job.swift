package import Primitives

/// A plan ready to run: sources, operators and sinks in topological order, joined by streams.
package struct Job: Sendable {
    package var pipeline: String
    package var nodes: [JobNode]

    package init(pipeline: String, nodes: [JobNode]) {
        self.pipeline = pipeline
        self.nodes = nodes
    }
}

/// What a node reads: another node's rows, or one of the streams that every node feeds.
package enum JobStream: Sendable, Hashable {
    case node(Int)
    case deadLetters
    case late
}

/// One node of a job: its name, what it reads, what it does.
package struct JobNode: Sendable {
    /// What a node does.
    package enum Work: Sendable {
        case source(JobSource)
        case `operator`(JobOperator)
        case sink(JobSink)
    }

    /// Its name in the file.
    package var name: String
    package var inputs: [JobStream]
    package var work: Work

    package init(name: String, inputs: [JobStream], work: Work) {
        self.name = name
        self.inputs = inputs
        self.work = work
    }
}

/// An opened source, how its records are decoded, and how its event time behaves.
package struct JobSource: Sendable {
    /// What happens to a record that cannot be decoded.
    package enum ErrorPolicy: String, Sendable, CaseIterable {
        /// It goes to the `dead_letters` stream.
        case deadLetter = "dead_letter"
        /// It is counted among the dead letters and not kept.
        case skip
        /// The run ends with a fault.
        case fail
    }

    package var source: any Source
    package var makeDecoder: @Sendable () throws(Fault) -> any Decoder
    /// How far behind the latest event of a lane its watermark stays.
    package var delay: Duration
    /// After how long without records a lane stops holding the others back; `nil`: never.
    package var idle: Duration?
    package var onError: ErrorPolicy

    package init(
        source: any Source, makeDecoder: @escaping @Sendable () throws(Fault) -> any Decoder, delay: Duration,
        idle: Duration?, onError: ErrorPolicy
    ) {
        self.source = source
        self.makeDecoder = makeDecoder
        self.delay = delay
        self.idle = idle
        self.onError = onError
    }
}

/// An operator, as the place where its work happens.
package struct JobOperator: Sendable {
    package var placement: Placement
    /// What decides how its state looks; `nil` if it keeps none that must survive.
    package var shape: StateShape?

    package init(placement: Placement, shape: StateShape? = nil) {
        self.placement = placement
        self.shape = shape
    }
}

/// A sink that the thread which will own it opens.
package struct JobSink: Sendable {
    package var open: @Sendable () throws(Fault) -> any Sink

    package init(open: @escaping @Sendable () throws(Fault) -> any Sink) {
        self.open = open
    }
}

/// How a job keeps its state.
package struct JobCheckpoints: Sendable {
    package var store: any CheckpointStore
    /// The longest time between two checkpoints; shorter costs more and repeats less after a crash.
    package var interval: Duration
    /// Where the run starts from; `nil`: anew.
    package var start: Checkpoint?
    /// The newest epoch there has been, whether the run starts from it or not.
    package var epoch: Int64
    /// Operators whose state does not fit this job any more and is left behind.
    package var dropped: Set<String>

    package init(
        store: any CheckpointStore, interval: Duration, start: Checkpoint?, epoch: Int64, dropped: Set<String> = []
    ) {
        self.store = store
        self.interval = interval
        self.start = start
        self.epoch = epoch
        self.dropped = dropped
    }
}

/// How a job runs, whatever it does.
package struct JobSettings: Sendable {
    /// Subtasks, each on its own thread.
    package var subtasks: Int
    /// How often a sink makes its rows durable while rows keep coming, in a run without checkpoints. Longer means
    /// larger commits and staler rows.
    package var commitInterval: Duration = .milliseconds(200)
    /// Rows that may wait before one sink.
    package var sinkRowCapacity = 262_144
    /// Memory that they may take.
    package var sinkByteCapacity = 16 << 20
    /// Frames that one subtask may have waiting at another.
    package var creditsPerSender = 16
    package var clock: any WallClock
    package var seed: UInt64
    package var renderRow: RowRenderer
    /// `nil`: nothing survives the run, and sinks commit by themselves.
    package var checkpoints: JobCheckpoints?
    /// Where state goes that memory has no room for; `nil`: nowhere.
    package var spills: SpillFolder?
    /// Where open incidents are shown and acknowledged; `nil`: nowhere.
    package var incidents: IncidentBoard?
    /// Bytes of memory for the state of all operators together, where they can spill; `nil`: any number.
    package var stateMemory: Int?

    package init(subtasks: Int, clock: any WallClock, seed: UInt64 = 0, renderRow: @escaping RowRenderer) {
        self.subtasks = subtasks
        self.clock = clock
        self.seed = seed
        self.renderRow = renderRow
    }
}
