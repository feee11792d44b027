import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Synchronization
import Testing

/// All tests that need a server, one after the other: some of them restart it.
@Suite("Postgres", .serialized, .enabled(if: PrivatePostgres.isInstalled, "Postgres 15 is not installed"))
struct PostgresSuite {}

/// What a sink said and parked.
final class Witness: Sendable {
    private let state = Mutex((faults: [Fault](), letters: [DeadLetter](), isStopping: false))

    var faults: [Fault] { state.withLock { $0.faults } }
    var letters: [DeadLetter] { state.withLock { $0.letters } }
    func stop() { state.withLock { $0.isStopping = true } }

    func context(
        _ schema: Schema, key: [String], name: String = "rollups", clock: any WallClock = SystemClock()
    ) -> SinkContext {
        SinkContext(
            pipeline: "test", name: name, clock: clock, seed: 7, baseDirectory: "/", schema: schema, key: key,
            hasCheckpoints: true, isStopping: { self.state.withLock { $0.isStopping } },
            report: { fault in self.state.withLock { $0.faults.append(fault) } },
            park: { letters in self.state.withLock { $0.letters += letters } })
    }
}

/// A clock that runs fifty times as fast, for waits of many seconds.
struct FastClock: WallClock {
    func now() -> EventTime { SystemClock().now() }
    func monotonicNanoseconds() -> Int64 { SystemClock().monotonicNanoseconds() &* 50 }
}

/// Settings as a pipeline file would give them.
func settings(_ members: (name: String, value: Settings.Value)...) -> Settings {
    settings(url: PrivatePostgres.shared.url, members)
}

func settings(url: String, _ members: [(name: String, value: Settings.Value)]) -> Settings {
    let all: [(name: String, value: Settings.Value)] = [("url", .string(url))] + members
    return Settings(.object(all.map { ($0.name, Settings($0.value, path: [$0.name])) }))
}

/// A sink that a run opened and has not restored yet.
func openSink(
    _ settings: Settings, _ schema: Schema, key: [String], _ witness: Witness, name: String = "rollups"
) throws -> any Sink {
    try PostgresSinkFactory().open(settings, witness.context(schema, key: key, name: name))
}

extension Sink {
    /// Ends an epoch, the next of all in these tests, and commits it.
    func commitEpoch() throws(Fault) {
        let epoch = epochs.wrappingAdd(1, ordering: .relaxed).newValue
        _ = try prepare(epoch: epoch)
        try commit(epoch: epoch)
    }
}

private let epochs = Atomic<Int64>(0)

/// A value of a test's row.
enum Cell: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case bytes([UInt8])
    case list([Cell])

    init(nilLiteral: ()) { self = .null }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: Cell...) { self = .list(elements) }
}

extension ColumnBuilder {
    func append(_ cell: Cell) {
        switch (cell, type) {
        case (.null, _): appendNull()
        case (.bool(let value), _): append(value)
        case (.integer(let value), .float64): append(Double(value))
        case (.integer(let value), _): append(value)
        case (.number(let value), _): append(value)
        case (.text(let value), _): append(value)
        case (.bytes(let value), _): append(value)
        case (.list(let values), .struct):
            for (member, value) in zip(members, values) { member.append(value) }
            appendStruct()
        case (.list(let values), _):
            for value in values { elements?.append(value) }
            appendList()
        }
    }
}

func batch(_ schema: Schema, _ rows: [[Cell]]) -> RecordBatch {
    let builders = schema.fields.map { ColumnBuilder($0.type) }
    for row in rows {
        for (builder, cell) in zip(builders, row) { builder.append(cell) }
    }
    return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: rows.count)
}
