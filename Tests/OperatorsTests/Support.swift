import Columnar
import Primitives
import Testing

@testable import Dataflow
@testable import Operators

/// A value of a pipeline file, as a test writes it.
indirect enum Written: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case text(String)
    case number(Int64)
    case flag(Bool)
    case fraction(Double)
    case time(Duration)
    case list([Written])
    case map([(String, Written)])

    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(arrayLiteral elements: Written...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Written)...) { self = .map(elements) }

    static func seconds(_ count: Int64) -> Written { .time(.seconds(count)) }
    static func micros(_ count: Int64) -> Written { .time(.microseconds(count)) }

    func settings(_ path: [String] = []) -> Settings {
        switch self {
        case .text(let text): Settings(.string(text), path: path)
        case .number(let number): Settings(.integer(number), path: path)
        case .flag(let flag): Settings(.bool(flag), path: path)
        case .fraction(let number): Settings(.number(number), path: path)
        case .time(let duration): Settings(.duration(duration), path: path)
        case .list(let items):
            Settings(.list(items.enumerated().map { $1.settings(path + ["\($0)"]) }), path: path)
        case .map(let members):
            Settings(.object(members.map { (name: $0, value: $1.settings(path + [$0])) }), path: path)
        }
    }
}

/// A value of a row, as a test thinks of it.
enum Cell: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    indirect case list([Cell])
    indirect case members([Cell])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .int(value) }
    init(floatLiteral value: Double) { self = .double(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: Cell...) { self = .list(elements) }

    func append(to builder: ColumnBuilder) {
        switch (self, builder.type) {
        case (.null, _): builder.appendNull()
        case (.bool(let value), _): builder.append(value)
        case (.int(let value), .float64): builder.append(Double(value))
        case (.int(let value), _): builder.append(value)
        case (.double(let value), _): builder.append(value)
        case (.string(let value), _): builder.append(value)
        case (.list(let items), _):
            if let elements = builder.elements { for item in items { item.append(to: elements) } }
            builder.appendList()
        case (.members(let items), _):
            for (item, member) in zip(items, builder.members) { item.append(to: member) }
            builder.appendStruct()
        }
    }

    init(_ column: Column, _ row: Int) {
        guard column.isValid(row) else {
            self = .null
            return
        }
        switch column {
        case .bool(let column): self = .bool(column[row])
        case .int64(let column), .timestamp(let column): self = .int(column.values[row])
        case .float64(let column): self = .double(column.values[row])
        case .string(let column), .bytes(let column): self = .string(column.string(row))
        case .list(let column): self = .list(column[row].map { Cell(column.elements, $0) })
        case .struct(let column): self = .members(column.children.map { Cell($0, row) })
        }
    }

    var int: Int64? { if case .int(let value) = self { value } else { nil } }
    var double: Double? { if case .double(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
}

/// A stream of a test: its columns and whether it has event time.
struct TestStream {
    var shape: StreamShape

    init(_ fields: Field..., hasEventTime: Bool = true, key: [String] = [], isUpdating: Bool = false) {
        shape = StreamShape(
            schema: Schema(fields), hasEventTime: hasEventTime, key: key, isUpdating: isUpdating)
    }

    /// A batch of rows. With `hidden`, rows that are not selected lie between them, without values where they may be.
    func batch(_ rows: [[Cell]], times: [Int64]? = nil, hidden: Bool = false) -> RecordBatch {
        let builders = shape.schema.fields.map { ColumnBuilder($0.type) }
        let timeBuilder = ColumnBuilder(.timestamp)
        var selected: [UInt32] = []
        var physical = 0
        func append(_ row: [Cell], _ time: Int64) {
            for (cell, builder) in zip(row, builders) { cell.append(to: builder) }
            timeBuilder.append(time)
            physical += 1
        }
        for (index, row) in rows.enumerated() {
            let time = times?[index] ?? Int64(index)
            if hidden { append(index % 2 == 0 ? rows[rows.count - 1 - index] : row.map { _ in .null }, time / 2 &+ 1) }
            selected.append(UInt32(physical))
            append(row, time)
        }
        return RecordBatch(
            schema: shape.schema, columns: builders.map { $0.finish() }, rowCount: physical,
            selection: hidden ? SelectionVector(selected) : nil,
            eventTimes: shape.hasEventTime ? timeBuilder.finish().asInt64 : nil)
    }
}

extension RecordBatch {
    /// The selected rows.
    var cells: [[Cell]] {
        var rows: [[Cell]] = []
        forEachRow { row in rows.append(columns.map { Cell($0, row) }) }
        return rows
    }

    /// The event times of the selected rows.
    var rowTimes: [Int64] {
        var times: [Int64] = []
        forEachRow { row in if let eventTimes { times.append(eventTimes.values[row]) } }
        return times
    }
}

/// Plans an operator as a pipeline file would.
func plan(
    _ name: String, _ settings: Written, _ inputs: TestStream..., table: StaticTable? = nil,
    models: ModelFiles = .none
) -> (planned: PlannedOperator?, faults: [PlanFault]) {
    guard let factory = BuiltinOperators.all.first(where: { $0.spec.name == name }) else {
        Issue.record("no operator \(name)")
        return (nil, [])
    }
    let context = PlanContext(
        name: "tested", baseDirectory: "/base", models: models,
        readTable: { path throws(Fault) in
            guard let table, path == "/base/table.csv" else { throw Fault("table.unreadable", "no table \(path)") }
            return table
        })
    let faults = FaultCollector()
    let planned = factory.plan(settings.settings(), inputs: inputs.map(\.shape), context, faults)
    return (planned, faults.faults)
}

/// Runs one planned operator by hand, in one subtask.
final class OperatorBench {
    private let work: (any Operator)?
    private let asker: (any Asker)?
    private let judge: (any Judge)?
    private let output = OperatorOutput(lane: Lane(node: 1, index: 0))
    private var sequence: Int64 = 0
    private(set) var frames: [Frame] = []
    private(set) var deadLetters: [DeadLetter] = []
    private(set) var late: [DeadLetter] = []
    private(set) var ledger = OperatorLedger()

    init(_ planned: PlannedOperator?) throws {
        let planned = try #require(planned)
        let context = SubtaskContext(
            subtask: 0, subtasks: 1, clock: SystemClock(), seed: 1,
            renderRow: { batch, row in Array("\(batch.columns.map { Cell($0, row) })".utf8) })
        switch planned.placement {
        case .local(let make), .keyed(_, let make), .joined(_, let make):
            (work, asker, judge) = (try make(context), nil, nil)
        case .folded(let factory): (work, asker, judge) = (try factory.makeWhole(context), nil, nil)
        case .judged(let factory):
            (work, asker, judge) = (nil, try factory.makeAsker(context), try factory.makeJudge(context))
        }
    }

    var memoryFootprint: Int { work?.memoryFootprint ?? judge?.memoryFootprint ?? 0 }

    /// The rows that came out so far.
    var rows: [[Cell]] { frames.flatMap(\.batch.cells) }

    func process(_ batch: RecordBatch, floor: Int64 = .min, input: Int = 0) throws {
        var frame = Frame(
            batch: batch, lane: Lane(node: 0, index: 0), sequence: sequence, floor: EventTime(microseconds: floor))
        frame.input = input
        sequence += 1
        output.ledger.received += Int64(batch.selectedCount)
        if let asker, let judge {
            let passes = try judge.judge(asker.questions(frame), floor: frame.floor)
            var kept = SelectionBuilder(capacity: batch.selectedCount)
            var index = 0
            batch.forEachRow { row in
                if passes[index] { kept.append(row) }
                index += 1
            }
            let selection = kept.finish()
            output.ledger.passed += Int64(selection.count)
            output.ledger.duplicate += Int64(batch.selectedCount - selection.count)
            output.emit(frame.with(batch.filtered(selection)))
        }
        try work?.process(frame, output)
        take()
    }

    func advance(to watermark: Int64) throws {
        let watermark = EventTime(microseconds: watermark)
        try work?.advance(to: watermark, output)
        judge?.advance(to: watermark)
        take()
    }

    func tick(_ nanoseconds: Int64) throws {
        try work?.tick(nanoseconds, output)
        take()
    }

    func stop() throws {
        try work?.stop(output)
        take()
    }

    private func take() {
        frames += output.takeFrames()
        deadLetters += output.takeDeadLetters()
        late += output.takeLate()
        ledger = ledger + output.ledger
        output.ledger = OperatorLedger()
        #expect(ledger.isBalanced, "\(ledger)")
    }
}

/// The codes of faults, in order.
func codes(_ faults: [PlanFault]) -> [String] { faults.map(\.fault.code) }
