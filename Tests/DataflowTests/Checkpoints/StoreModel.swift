import Columnar
import Primitives

@testable import Dataflow

/// Builds random drafts and remembers, naively, what each checkpoint must give back.
struct StoreModel {
    /// What makes a row the same as another.
    struct Key: Hashable {
        var hash: Int64
        var rest: String
    }

    /// Rows of an operator's bucket as texts, by `node table bucket`.
    typealias Rows = [String: [Key: [String]]]

    static let pipeline = "posts"
    static let nodes = ["count", "dedupe"]
    /// A table of rows by key.
    static let keyed = "rows"
    /// A table whose rows stand for themselves.
    static let log = "log"

    private var random: RandomSource
    let subtasks: Int
    /// Of the table of rows by key.
    let keyColumns: Int
    private(set) var schema: Schema
    private(set) var epoch: Int64 = 0
    private(set) var rows: Rows = [:]
    private(set) var token: [UInt8] = []
    private(set) var outbox: [String] = []

    init(seed: UInt64, subtasks: Int = 2) {
        random = RandomSource(seed: seed)
        self.subtasks = subtasks
        keyColumns = 1 + random.below(2)
        var fields = [Field("hash", .int64), Field("time", .timestamp)]
        for index in 0..<random.below(4) {
            fields.append(
                Field("column\(index)", Self.type(&random, depth: 0), isNullable: random.below(2) == 0))
        }
        schema = Schema(fields)
    }

    /// From now on rows have a column more.
    mutating func widen() {
        schema = Schema(schema.fields + [Field("more\(epoch)", .string, isNullable: true)])
    }

    /// What a checkpoint is worth: everything that it must give back.
    struct Expectation: Equatable {
        var epoch: Int64
        var rows: Rows
        var token: [UInt8]
        var outbox: [String]
    }

    var expectation: Expectation {
        let rows = rows.mapValues { $0.mapValues { $0.sorted() } }
        return Expectation(epoch: epoch, rows: rows.filter { !$0.value.isEmpty }, token: token, outbox: outbox)
    }

    var tables: [StateTable] {
        [StateTable(Self.keyed, schema, keyColumns: keyColumns), StateTable(Self.log, schema)]
    }

    /// The next checkpoint, and with it the model's next state.
    mutating func next(isWhole: Bool = false, rowsMost: Int = 60) -> CheckpointDraft {
        epoch += 1
        var parts: [CheckpointDraft.Part] = []
        for (index, node) in Self.nodes.enumerated() {
            for subtask in 0..<subtasks {
                let changes = isWhole ? whole(node, subtask) : changes(node, subtask, rowsMost)
                if !changes.isEmpty { parts.append(.init(node: index, subtask: subtask, changes: changes)) }
            }
        }
        let left = leave()
        return CheckpointDraft(head: head(), parts: parts, isWhole: isWhole, sinks: [left])
    }

    /// The newest checkpoint with another word of its sink.
    mutating func amended() -> (head: CheckpointHead, sinks: [SinkSnapshot]) {
        let left = leave()
        return (head(), [left])
    }

    private mutating func leave() -> SinkSnapshot {
        token = (0..<random.below(20)).map { UInt8(truncatingIfNeeded: $0 + Int(epoch)) }
        let sent = batch((0..<random.below(5)).map { _ in Int64(bitPattern: random.next()) })
        outbox = sent.texts
        return SinkSnapshot(token: token, rows: [sent])
    }

    private func head() -> CheckpointHead {
        var head = CheckpointHead(
            pipeline: Self.pipeline, epoch: epoch, subtasks: subtasks, isFinished: false,
            takenAt: EventTime(microseconds: epoch),
            sources: [
                SourceCheckpoint(
                    name: "mentions", watermark: EventTime(microseconds: epoch * 7),
                    lanes: [.init(name: "a [0]", position: "\(epoch)", latest: .distantPast, least: .distantFuture)])
            ],
            operators: Self.nodes.map {
                OperatorCheckpoint(
                    name: $0, shape: StateShape(kind: $0, facts: [.init("by", "brand", onChange: .rebuild)]),
                    tables: tables, watermark: EventTime(microseconds: epoch))
            }, sinks: [(name: "out", counts: SinkCounts())], ledger: JobLedger())
        head.sinks[0].counts.received = epoch
        head.ledger.operators = [.init(name: "count", counts: OperatorLedger())]
        return head
    }

    private func owned(_ hash: Int64, _ subtask: Int) -> Bool {
        KeyGroup.owner(hash: UInt64(bitPattern: hash), subtasks: subtasks) == subtask
    }

    private mutating func changes(_ node: String, _ subtask: Int, _ rowsMost: Int) -> [StateChange] {
        (0..<random.below(4)).map { _ in
            let table = random.below(3) == 0 ? Self.log : Self.keyed
            let bucket = Int64(random.below(3)) * 60_000_000
            let name = "\(node) \(table) \(bucket)"
            let choice = random.below(10)
            if choice < 2 { forget(name, subtask) }
            if choice == 0 { return .drop(table: table, bucket: bucket) }
            var hashes = Set(
                rows[name, default: [:]].keys.map(\.hash).filter { owned($0, subtask) }.sorted()
                    .prefix(random.below(4)))
            for _ in 0..<random.below(rowsMost) {
                let hash = Int64(bitPattern: random.next())
                if owned(hash, subtask) { hashes.insert(hash) }
            }
            let batch = batch(hashes.sorted())
            note(batch, table, name)
            let change = StateRows(table: table, bucket: bucket, rows: batch)
            return choice == 1 ? .replace(change) : .add(change)
        }
    }

    private mutating func forget(_ name: String, _ subtask: Int) {
        for key in rows[name, default: [:]].keys where owned(key.hash, subtask) { rows[name]?[key] = nil }
    }

    private mutating func note(_ batch: RecordBatch, _ table: String, _ name: String) {
        let keyColumns = table == Self.log ? 0 : keyColumns
        guard let hashes = batch.columns[0].asInt64 else { return }
        for (row, text) in batch.texts.enumerated() {
            let key = Key(hash: hashes.values[row], rest: Self.rest(batch, row, keyColumns))
            if keyColumns > 0 { rows[name, default: [:]][key] = nil }
            rows[name, default: [:]][key, default: []].append(text)
        }
    }

    /// A row's key but for its hash.
    static func rest(_ batch: RecordBatch, _ row: Int, _ keyColumns: Int) -> String {
        let columns = keyColumns == 0 ? batch.columns.dropFirst() : batch.columns[..<keyColumns].dropFirst()
        return columns.map { $0.text(row) }.joined(separator: " | ")
    }

    /// Everything that a subtask owns, with new values.
    private mutating func whole(_ node: String, _ subtask: Int) -> [StateChange] {
        var changes: [StateChange] = []
        for table in [Self.keyed, Self.log] {
            for bucket in [Int64(0), 60_000_000, 120_000_000] {
                let name = "\(node) \(table) \(bucket)"
                let hashes = Set(rows[name, default: [:]].keys.map(\.hash).filter { owned($0, subtask) }).sorted()
                forget(name, subtask)
                let batch = batch(hashes)
                note(batch, table, name)
                changes.append(.add(StateRows(table: table, bucket: bucket, rows: batch)))
            }
        }
        return changes
    }

    private mutating func batch(_ hashes: [Int64]) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for hash in hashes {
            builders[0].append(hash)
            builders[1].append(Int64(random.below(3)))
            for (field, builder) in zip(schema.fields, builders).dropFirst(2) {
                RandomValues.append(to: builder, isNullable: field.isNullable, &random)
            }
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: hashes.count)
    }

    private static func type(_ random: inout RandomSource, depth: Int) -> DataType {
        switch random.below(depth < 2 ? 8 : 6) {
        case 0: return .bool
        case 1: return .int64
        case 2: return .float64
        case 3: return .string
        case 4: return .bytes
        case 5: return .timestamp
        case 6: return .list(type(&random, depth: depth + 1))
        default:
            return .struct(
                (0..<random.below(3) + 1).map {
                    Field("m\($0)", type(&random, depth: depth + 1), isNullable: random.below(2) == 0)
                })
        }
    }
}
