import Dataflow

/// What a pipeline file says, typed, its graph not checked yet. Parts with faults are `nil`.
struct PipelineSpec: Sendable {
    var name: String
    var description: String?
    var sources: [SourceSpec] = []
    var operators: [OperatorSpec] = []
    var sinks: [SinkSpec] = []
    var checkpointInterval = PipelineShape.defaultInterval
    var memory: Int64?
    var memoryPlace: Place?
    var disk: Int64?
    var baseDirectory: String
}

/// A component that a node names, with its settings.
struct ComponentUse: Sendable {
    /// The key: `kafka`, `dedupe`.
    var name: String
    var spec: ComponentSpec
    /// `nil` if they have faults.
    var settings: Settings?
    /// Where faults of the component are found.
    var node: FileNode
    var keyPlace: Place
}

/// A text with its place.
struct Placed: Sendable {
    var text: String
    var place: Place
}

struct SourceSpec: Sendable {
    var name: Placed
    var connector: ComponentUse?
    var format: ComponentUse?
    var schema: Placed?
    /// Whether the schema is named, but not readably.
    var isSchemaFaulty = false
    var eventColumn: Placed?
    var delay = PipelineShape.defaultDelay
    var idle = PipelineShape.defaultIdle
    var onError = RecordFaultPolicy.deadLetter
}

struct OperatorSpec: Sendable {
    var name: Placed
    var from: [Placed] = []
    var fromPlace: Place
    var component: ComponentUse?
}

struct SinkSpec: Sendable {
    var name: Placed
    /// One stream; empty after a fault.
    var from: [Placed] = []
    var component: ComponentUse?
}
