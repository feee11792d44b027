import Columnar
import Dataflow
import Formats
import Pipelines
import Primitives
import Synchronization

/// Sends letters through a pipeline again, each where it was refused: a record into its source's decoder, a row into
/// its operator or its sink.
///
/// It is a run of the same graph on the same state, with letters in place of what the sources have. The checkpoint
/// says how many letters have been sent, so each is sent once however often the run is killed; the sources' own
/// positions stay as they are.
final class Redrive: Sendable {
    private let file: LetterFile?
    private let byNode: [String: [LetterFile.Letter]]
    private let start: CheckpointHead?
    private let waiting: Mutex<Set<String>>
    private let done: @Sendable () -> Void
    /// Nodes with letters that the file does not have any more.
    let unknownNodes: [String]

    /// - Parameter done: called once every letter has been sent.
    init(
        _ plan: LogicalPlan, directory: String, letters given: String?, start: CheckpointHead?, now: EventTime,
        done: @escaping @Sendable () -> Void
    ) throws(Fault) {
        file = try LetterFile.take(in: directory, given: given, now: now)
        let letters = try file?.letters() ?? []
        byNode = Dictionary(grouping: letters, by: \.node)
        let known = Set(plan.nodes.map(\.name))
        unknownNodes = byNode.keys.filter { !known.contains($0) }.sorted()
        let sources = plan.nodes.filter { if case .source = $0.work { true } else { false } }.map(\.name)
        waiting = Mutex(Set(byNode.keys.filter(known.contains)).union(sources))
        self.start = start
        self.done = done
    }

    static func sourceName(_ node: String) -> String { "redrive \(node)" }

    /// What stands in for a source: its letters, and its positions as they are.
    func source(standingFor name: String) -> LetterSource { letterSource(name, checkpointName: name) }

    /// A source of the rows that an operator or a sink refused; `nil` if there are none.
    func source(for node: LogicalNode, in plan: LogicalPlan) throws(Fault) -> JobSource? {
        switch node.work {
        case .source, .implicit: return nil
        case .operator, .sink: break
        }
        guard let letters = byNode[node.name], let input = Self.input(of: node, for: letters, in: plan) else {
            return nil
        }
        let schema = plan.nodes[input].shape.schema
        let hasEventTime = plan.nodes[input].shape.hasEventTime
        return JobSource(
            source: letterSource(node.name, checkpointName: Self.sourceName(node.name)),
            makeDecoder: { () throws(Fault) in
                let decoder = try JSONColumnDecoder(schema: schema, eventTime: .transport)
                return hasEventTime ? decoder : UntimedDecoder(decoder)
            },
            delay: .zero, idle: nil, onError: .deadLetter)
    }

    /// The letters have gone through, and a checkpoint says so.
    func finish() throws(Fault) {
        if waiting.withLock({ $0.isEmpty }) { try file?.finish() }
    }

    private func letterSource(_ node: String, checkpointName: String) -> LetterSource {
        LetterSource(
            byNode[node] ?? [], lane: file?.name ?? "letters",
            lanes: start?.sources.first { $0.name == checkpointName }?.lanes ?? []
        ) { [weak self] in self?.sent(node) }
    }

    private func sent(_ node: String) {
        let isLast = waiting.withLock { waiting in
            waiting.remove(node)
            return waiting.isEmpty
        }
        if isLast { done() }
    }

    /// Of several inputs the first that has the columns of the letters.
    private static func input(of node: LogicalNode, for letters: [LetterFile.Letter], in plan: LogicalPlan) -> Int? {
        guard let bytes = letters.first?.bytes, case .object(let members)? = try? JSONValue.parse(bytes) else {
            return node.inputs.first
        }
        let names = Set(members.map(\.name))
        return node.inputs.first { names.isSubset(of: Set(plan.nodes[$0].shape.schema.fields.map(\.name))) }
            ?? node.inputs.first
    }
}

/// Takes away the event times of rows whose stream has none.
private final class UntimedDecoder: Decoder {
    private let decoder: any Decoder

    init(_ decoder: any Decoder) {
        self.decoder = decoder
    }

    var schema: Schema { decoder.schema }

    func decode(_ records: RawRecords) -> DecodedRecords {
        var decoded = decoder.decode(records)
        decoded.batch = decoded.batch.timed(by: nil)
        return decoded
    }
}
