import Columnar
import Primitives
import Testing

@testable import Dataflow
@testable import Operators

/// What happens to a stream, one thing after another, the same in every run of it.
enum StreamStep {
    case frame(RecordBatch, floor: Int64, slot: Int = 0)
    case advance(Int64)
    /// In nanoseconds.
    case tick(Int64)
}

/// The rows of state that checkpoints have handed over, held as a store would hold them.
struct CapturedRows {
    /// Of each bucket of each subtask, the oldest first.
    private var buckets: [Bucket: [StateRows]] = [:]

    private struct Bucket: Hashable {
        var subtask: Int
        var table: String
        var bucket: Int64
    }

    /// Rows captured, for what a checkpoint costs.
    private(set) var written = 0

    mutating func clear() { buckets = [:] }

    /// As another version would have written a table.
    mutating func rewrite(_ table: String, _ change: (RecordBatch) -> RecordBatch) {
        for (bucket, all) in buckets where bucket.table == table {
            buckets[bucket] = all.map { StateRows(table: table, bucket: $0.bucket, rows: change($0.rows)) }
        }
    }

    /// As a version that had no such table.
    mutating func remove(_ table: String) {
        for bucket in buckets.keys where bucket.table == table { buckets[bucket] = nil }
    }

    var rowCount: Int { buckets.values.joined().reduce(0) { $0 + $1.rows.rowCount } }

    mutating func apply(_ changes: [StateChange], subtask: Int, tables: [StateTable]) {
        func check(_ rows: StateRows) {
            #expect(tables.contains { $0.name == rows.table && $0.schema == rows.rows.schema })
            #expect(rows.rows.selection == nil && rows.rows.rowCount > 0)
        }
        for change in changes {
            switch change {
            case .add(let rows):
                check(rows)
                written += rows.rows.rowCount
                let bucket = Bucket(subtask: subtask, table: rows.table, bucket: rows.bucket)
                buckets[bucket, default: []].append(rows)
            case .replace(let rows):
                check(rows)
                written += rows.rows.rowCount
                buckets[Bucket(subtask: subtask, table: rows.table, bucket: rows.bucket)] = [rows]
            case .drop(let table, let bucket):
                let bucket = Bucket(subtask: subtask, table: table, bucket: bucket)
                #expect(buckets.removeValue(forKey: bucket) != nil, "what is dropped was there")
            }
        }
    }

    /// Gives the rows back whose keys belong to some groups, the newest of each bucket first.
    func forEach(_ keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void) throws(Fault) {
        for (_, all) in buckets {
            for rows in all.reversed() {
                guard let hashes = rows.rows.columns[0].asInt64 else { continue }
                let owned = (0..<rows.rows.rowCount).filter {
                    keyGroups.contains(KeyGroup.of(hash: UInt64(bitPattern: hashes.values[$0])))
                }
                guard !owned.isEmpty else { continue }
                let selection = SelectionVector(owned.map { UInt32($0) })
                try body(
                    StateRows(
                        table: rows.table, bucket: rows.bucket, rows: rows.rows.selecting(selection).compacted()))
            }
        }
    }
}

/// A row that came out, and at which step.
struct EmittedRow {
    var step: Int
    var cells: [Cell]
}

/// Runs one operator over the steps of a stream in any number of subtasks, with checkpoints, and begins again from
/// them.
final class RestartHarness {
    private struct Subtask {
        var fold: (any Operator)?
        var work: any Operator
        var partial: OperatorOutput
        var output: OperatorOutput
    }

    private var planned: PlannedOperator
    private let steps: [StreamStep]
    private var subtasks: [Subtask] = []
    private var next = 0
    /// Frames of this run so far: its lanes count from the start.
    private var frames: Int64 = 0
    private var watermark = Int64.min
    private var isWholeDue = true
    private(set) var rows: [EmittedRow] = []
    private(set) var late: [Int64] = []
    private(set) var ledger = OperatorLedger()
    private(set) var stored = CapturedRows()
    private var checkpoint: (next: Int, watermark: Int64, rows: Int, late: Int, ledger: OperatorLedger)?

    /// Where state goes that has to leave memory; `nil`: it stays.
    private let fixture: SpillFixture?
    private var spills: SpillFolder?

    init(_ planned: PlannedOperator?, _ steps: [StreamStep], subtasks: Int, spilling fixture: SpillFixture? = nil)
        throws
    {
        self.planned = try #require(planned)
        self.steps = steps
        self.fixture = fixture
        try make(subtasks)
    }

    var isAtEnd: Bool { next == steps.count }

    var memoryFootprint: Int { subtasks.reduce(0) { $0 + $1.work.memoryFootprint } }

    /// Frees all memory that can be freed.
    func spill() throws {
        for subtask in subtasks { try subtask.work.state?.spill(.max) }
    }

    private func make(_ count: Int) throws {
        frames = 0
        spills = try fixture?.folder(bucketRowsMin: 1)
        subtasks = try (0..<count).map { index in
            let context = SubtaskContext(
                subtask: index, subtasks: count, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] },
                spills: spills)
            let lane = Lane(node: 1, index: index)
            let outputs = (OperatorOutput(lane: lane), OperatorOutput(lane: lane, relabels: true))
            switch planned.placement {
            case .local(let make), .keyed(_, let make), .joined(_, let make):
                return Subtask(fold: nil, work: try make(context), partial: outputs.0, output: outputs.1)
            case .folded(let factory):
                if count == 1 {
                    return Subtask(
                        fold: nil, work: try factory.makeWhole(context), partial: outputs.0, output: outputs.1)
                }
                return Subtask(
                    fold: try factory.makeFold(context), work: try factory.makeMerge(context), partial: outputs.0,
                    output: outputs.1)
            case .judged: throw Fault("test.placement", "a judge is tried elsewhere")
            }
        }
    }

    /// Takes the next step.
    func step() throws {
        switch steps[next] {
        case .frame(let batch, let floor, let slot):
            var frame = Frame(
                batch: batch, lane: Lane(node: 0, index: slot), sequence: frames,
                floor: EventTime(microseconds: floor))
            frame.input = slot
            frames += 1
            ledger.received += Int64(batch.selectedCount)
            if subtasks[0].fold != nil {
                let subtask = subtasks[next % subtasks.count]
                try subtask.fold?.process(frame, subtask.partial)
            } else if let keys = keys(slot), subtasks.count > 1 {
                for (owner, part) in parts(batch, keys).enumerated() where part.rowCount > 0 {
                    try subtasks[owner].work.process(frame.with(part), subtasks[owner].output)
                }
            } else {
                try subtasks[0].work.process(frame, subtasks[0].output)
            }
        case .advance(let time):
            watermark = time
            let time = EventTime(microseconds: time)
            for subtask in subtasks { try subtask.fold?.advance(to: time, subtask.partial) }
            try exchange()
            for subtask in subtasks {
                try subtask.work.advance(to: time, subtask.output)
                while subtask.work.hasMore { try subtask.work.proceed(subtask.output) }
            }
        case .tick(let now):
            for subtask in subtasks { try subtask.fold?.tick(now, subtask.partial) }
            try exchange()
            for subtask in subtasks {
                try subtask.work.tick(now, subtask.output)
                while subtask.work.hasMore { try subtask.work.proceed(subtask.output) }
            }
        }
        try exchange()
        take()
        next += 1
    }

    func run() throws {
        while !isAtEnd { try step() }
    }

    /// Runs to the end with checkpoints and crashes at random, each on another number of subtasks, and with a fixture
    /// moves all that it can to disk now and then.
    /// - Parameter pace: a crash comes once in so many steps.
    /// - Returns: the most files that there were at a time.
    @discardableResult
    func runThroughCrashes(_ random: inout RandomSource, pace: Int = 10) throws -> Int {
        var fileCount = 0
        while !isAtEnd {
            if let fixture, random.below(3) == 0 {
                try spill()
                fileCount = max(fileCount, fixture.names.count)
            }
            if random.below(4) == 0 { try capture(whole: random.below(8) == 0) }
            if random.below(pace) == 0 {
                try capture()
                for _ in 0..<random.below(6) where !isAtEnd { try step() }
                try crash(subtasks: random.below(4) + 1)
            }
            try step()
        }
        return fileCount
    }

    /// Runs to the end and moves all that it can to disk after every step.
    /// - Returns: the most files that there were at a time.
    func runOnDisk(_ fixture: SpillFixture) throws -> Int {
        var fileCount = 0
        while !isAtEnd {
            try step()
            try spill()
            fileCount = max(fileCount, fixture.names.count)
        }
        return fileCount
    }

    /// The rows, each with the step it came at, in an order that does not depend on the subtasks.
    var rowsByStep: [String] { rows.map { "\($0.step): \($0.cells)" }.sorted() }

    /// Takes a checkpoint.
    func capture(whole: Bool = false) throws {
        for subtask in subtasks { try subtask.fold?.drain(subtask.partial) }
        try exchange()
        let isWhole = whole || isWholeDue
        if isWhole { stored.clear() }
        isWholeDue = false
        for (index, subtask) in subtasks.enumerated() {
            let state = try #require(subtask.work.state)
            stored.apply(state.capture(whole: isWhole), subtask: index, tables: state.tables)
            #expect(state.capture(whole: false).isEmpty, "nothing has changed since")
        }
        spills?.committed()
        checkpoint = (next, watermark, rows.count, late.count, ledger)
    }

    /// Has the last checkpoint be one of an earlier version.
    func rewrite(_ change: (inout CapturedRows) -> Void) { change(&stored) }

    /// Loses what came after the last checkpoint and begins again there.
    /// - Parameter planned: what the file says by then.
    func crash(subtasks count: Int, as planned: PlannedOperator? = nil) throws {
        let checkpoint = try #require(self.checkpoint)
        isWholeDue = count != subtasks.count
        (next, watermark) = (checkpoint.next, checkpoint.watermark)
        rows.removeSubrange(checkpoint.rows...)
        late.removeSubrange(checkpoint.late...)
        ledger = checkpoint.ledger
        if let planned { self.planned = planned }
        try make(count)
        for (index, subtask) in subtasks.enumerated() {
            let state = try #require(subtask.work.state)
            let groups = (0..<KeyGroup.count).filter { $0 * count / KeyGroup.count == index }
            try stored.forEach(groups[0]..<groups[groups.count - 1] + 1) { rows throws(Fault) in
                try state.restore(rows)
            }
            try state.resume(at: EventTime(microseconds: watermark))
        }
    }

    private func exchange() throws {
        for subtask in subtasks {
            for frame in subtask.partial.takeFrames() {
                let hashes = try #require(frame.batch.columns[0].asInt64)
                var owned: [[UInt32]] = subtasks.map { _ in [] }
                frame.batch.forEachRow { row in
                    let hash = UInt64(bitPattern: hashes.values[row])
                    owned[KeyGroup.owner(hash: hash, subtasks: subtasks.count)].append(UInt32(row))
                }
                for (owner, rows) in owned.enumerated() where !rows.isEmpty {
                    let part = frame.batch.selecting(SelectionVector(rows)).compacted()
                    try subtasks[owner].work.process(frame.with(part), subtasks[owner].output)
                }
            }
        }
    }

    /// The columns of an input that decide who owns a row.
    private func keys(_ slot: Int) -> [FieldPath]? {
        switch planned.placement {
        case .keyed(let keys, _): keys
        case .joined(let keys, _): keys[slot]
        default: nil
        }
    }

    private func parts(_ batch: RecordBatch, _ keys: [FieldPath]) -> [RecordBatch] {
        var owned: [[UInt32]] = subtasks.map { _ in [] }
        var encoder = RowKeyEncoder(keys.map { batch.column(at: $0) })
        defer { encoder.deallocate() }
        batch.forEachRow { row in
            let hash = keys.isEmpty ? 0 : Hashing.hash64(encoder.encode(row))
            owned[KeyGroup.owner(hash: hash, subtasks: subtasks.count)].append(UInt32(row))
        }
        return owned.map { batch.selecting(SelectionVector($0)).compacted() }
    }

    private func take() {
        for subtask in subtasks {
            for frame in subtask.output.takeFrames() {
                rows += frame.batch.cells.map { EmittedRow(step: next, cells: $0) }
            }
            for output in [subtask.partial, subtask.output] {
                late += output.takeLate().compactMap(\.eventTime)
                _ = output.takeDeadLetters()
                ledger = ledger + output.ledger
                output.ledger = OperatorLedger()
            }
        }
    }
}
