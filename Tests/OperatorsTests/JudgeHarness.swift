import Columnar
import Primitives
import Testing

@testable import Dataflow
@testable import Operators

/// Runs a dedupe in any number of subtasks, with checkpoints, and begins again from them.
final class JudgeHarness {
    private struct Bucket: Hashable {
        var subtask: Int
        var table: String
        var bucket: Int64
    }

    private let planned: PlannedOperator
    /// Of the judges, if they spill: their horizon, their folder, and the keys that make a table go to disk.
    private let spilling: (within: Int64, fixture: SpillFixture, keys: Int)?
    private var spills: SpillFolder?
    private var subtasks: [(asker: any Asker, judge: any Judge)] = []
    private var watermark = Int64.min
    private var isWholeDue = true
    /// Of each bucket, the oldest first.
    private var stored: [Bucket: [StateRows]] = [:]
    private var storedWatermark = Int64.min
    private var storedSubtasks = 0
    private var sequence: Int64 = 0

    init(
        _ planned: PlannedOperator?, subtasks: Int, spilling: (within: Int64, fixture: SpillFixture, keys: Int)? = nil
    ) throws {
        self.planned = try #require(planned)
        self.spilling = spilling
        try make(subtasks)
    }

    private func make(_ count: Int) throws {
        guard case .judged(let factory) = planned.placement else { throw Fault("test.placement", "not a judge") }
        spills = try spilling?.fixture.folder()
        subtasks = try (0..<count).map { index in
            let context = SubtaskContext(
                subtask: index, subtasks: count, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
            guard let spilling else { return (try factory.makeAsker(context), try factory.makeJudge(context)) }
            let judge = DedupeJudge(
                DedupeHorizon(within: spilling.within), spills: spills, tableKeysMax: spilling.keys)
            return (try factory.makeAsker(context), judge)
        }
    }

    var storedRowCount: Int { stored.values.joined().reduce(0) { $0 + $1.rows.rowCount } }
    var memoryFootprint: Int { subtasks.reduce(0) { $0 + $1.judge.memoryFootprint } }

    /// Runs on disk that judges look into, and pages that they have read for it.
    var runs: (count: Int, readCount: Int) {
        let runs = subtasks.compactMap { $0.judge as? DedupeJudge }.flatMap(\.buckets).flatMap(\.runs)
        return (runs.count, runs.reduce(0) { $0 + $1.readCount })
    }

    /// Which rows of a batch pass.
    func process(_ batch: RecordBatch, floor: Int64) throws -> [Bool] {
        let frame = Frame(
            batch: batch, lane: Lane(node: 0, index: 0), sequence: sequence, floor: EventTime(microseconds: floor))
        sequence += 1
        let questions = subtasks[0].asker.questions(frame)
        let owners = questions.map { KeyGroup.owner(hash: $0.high, subtasks: subtasks.count) }
        var verdicts = try subtasks.indices.map { subtask in
            let own = zip(questions, owners).filter { $0.1 == subtask }.map(\.0)
            return try subtasks[subtask].judge.judge(own, floor: frame.floor)[...]
        }
        return owners.map { verdicts[$0].removeFirst() }
    }

    func advance(to time: Int64) {
        watermark = time
        for subtask in subtasks { subtask.judge.advance(to: EventTime(microseconds: time)) }
    }

    /// Takes a checkpoint.
    /// - Returns: the rows that it had to write.
    @discardableResult
    func capture(whole: Bool = false) throws -> Int {
        if whole || isWholeDue { stored = [:] }
        var written = 0
        for (index, subtask) in subtasks.enumerated() {
            let state = try #require(subtask.judge.state)
            for change in state.capture(whole: whole || isWholeDue) { written += try apply(change, index, state) }
            #expect(state.capture(whole: false).isEmpty, "nothing has changed since")
        }
        spills?.committed()
        isWholeDue = false
        storedWatermark = watermark
        storedSubtasks = subtasks.count
        return written
    }

    private func apply(_ change: StateChange, _ subtask: Int, _ state: any OperatorState) throws -> Int {
        switch change {
        case .add(let rows), .replace(let rows):
            #expect(state.tables.contains { $0.name == rows.table && $0.schema == rows.rows.schema })
            let hashes = try #require(rows.rows.columns[0].asInt64)
            let sorted = (0..<rows.rows.rowCount).map { UInt64(bitPattern: hashes.values[$0]) }
            #expect(sorted == sorted.sorted() && !sorted.isEmpty)
            let bucket = Bucket(subtask: subtask, table: rows.table, bucket: rows.bucket)
            if case .replace = change { stored[bucket] = [] }
            stored[bucket, default: []].append(rows)
            return rows.rows.rowCount
        case .drop(let table, let bucket):
            let bucket = Bucket(subtask: subtask, table: table, bucket: bucket)
            #expect(stored.removeValue(forKey: bucket) != nil, "what is dropped was there")
            return 0
        }
    }

    /// Loses what came after the last checkpoint and begins again there.
    func crash(subtasks count: Int) throws {
        isWholeDue = count != storedSubtasks
        watermark = storedWatermark
        try make(count)
        for (index, subtask) in subtasks.enumerated() {
            let state = try #require(subtask.judge.state)
            for rows in stored.values.flatMap({ $0.reversed() }) {
                let owned = KeyGroup.part(of: rows.rows, ownedBy: index, of: count)
                guard owned.rowCount > 0 else { continue }
                try state.restore(StateRows(table: rows.table, bucket: rows.bucket, rows: owned))
            }
            try state.resume(at: EventTime(microseconds: watermark))
        }
    }
}
