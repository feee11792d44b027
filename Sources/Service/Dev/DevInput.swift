import Dataflow
import LocalConnectors
import Pipelines
import Primitives

/// Where the records come from that `dev` puts into a topic.
struct DevInput {
    /// Records a second.
    var rate: Int64
    /// Fed instead of generated records.
    var file: String?
    var seed: UInt64
    var clock: any WallClock
    var report: @Sendable (Fault) -> Void

    /// When the generated crisis starts and how long it lasts: soon enough for somebody who watches.
    private static let crisisStart = Duration.seconds(20)
    private static let crisisLength = Duration.seconds(40)
    private static let crisisBrand = "zephyr"
    /// Records that show whether a source can read what the generator makes.
    private static let sampleCount: Int64 = 100

    /// An input whose records the source can decode.
    func open(for source: PlannedSource, topic: String) throws(Fault) -> any Source {
        let context = SourceContext(
            pipeline: "dev", name: topic, clock: clock, untilEnd: false, baseDirectory: ".", report: report)
        if let file {
            let settings: [(String, Settings.Value)] = [("path", .string(file)), ("rate", .integer(rate))]
            return try FileSourceFactory().open(Self.object(settings), context)
        }
        for kind in GeneratorSourceFactory.kinds where try decodes(kind, source, context) {
            let crisis: [(String, Settings.Value)] = [
                ("brand", .string(Self.crisisBrand)), ("at", .duration(Self.crisisStart)),
                ("for", .duration(Self.crisisLength)),
            ]
            let settings: [(String, Settings.Value)] = [
                ("kind", .string(kind)), ("rate", .integer(rate)), ("seed", .integer(Int64(clamping: seed))),
                ("crisis", Self.object(crisis).value),
            ]
            return try GeneratorSourceFactory().open(Self.object(settings), context)
        }
        throw Fault(
            "dev.input", "the generator makes no records of the shape that topic `\(topic)` is read with",
            hint: "feed a file of records: --input FILE")
    }

    private func decodes(_ kind: String, _ source: PlannedSource, _ context: SourceContext) throws(Fault) -> Bool {
        let settings: [(String, Settings.Value)] = [
            ("kind", .string(kind)), ("count", .integer(Self.sampleCount)), ("replay", .bool(true)),
        ]
        let sample = try GeneratorSourceFactory().open(Self.object(settings), context)
        let reader = try sample.makeReader(subtask: 0, of: 1, wake: {})
        defer { reader.close() }
        guard case .records(let records) = try reader.next() else { return false }
        return try source.makeDecoder().decode(records).rejected.isEmpty
    }

    private static func object(_ members: [(String, Settings.Value)]) -> Settings {
        Settings(.object(members.map { ($0.0, Settings($0.1, path: [$0.0])) }))
    }
}
