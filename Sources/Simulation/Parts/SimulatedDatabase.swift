import Columnar
import Dataflow
import Primitives

/// A row of windows in the database.
struct WindowRow: Hashable {
    struct Key: Hashable {
        var start: Int64
        var end: Int64
        var key: String
    }

    var key: Key
    var count: Int64
    var sum: Int64
    var low: Int64
    var high: Int64

    static func read(_ batch: RecordBatch) -> [WindowRow] {
        guard let keys = batch.columns[0].asBytes else { return [] }
        let numbers = batch.columns[1...].compactMap(\.asInt64)
        var rows: [WindowRow] = []
        batch.forEachRow { row in
            let values = numbers.map { $0.values[row] }
            rows.append(
                WindowRow(
                    key: Key(start: values[0], end: values[1], key: keys.string(row)), count: values[2],
                    sum: values[3], low: values[4], high: values[5]))
        }
        return rows
    }
}

/// A database that survives: a table of windows, tables of letters, and a marker row a sink.
final class SimulatedDatabase {
    struct Marker {
        var epoch: Int64
        var owner: Int
    }

    /// By sink.
    fileprivate(set) var markers: [String: Marker] = [:]
    fileprivate(set) var windows: [WindowRow.Key: WindowRow] = [:]
    /// By sink: how often each id was inserted.
    fileprivate(set) var letters: [String: [Int64: Int]] = [:]
    fileprivate(set) var transactions = 0
}

/// Writes to the database as a SQL sink does: rows wait in an outbox of the checkpoint, and one transaction applies
/// them and moves the marker row.
final class SimulatedSQLSink: Sink {
    private let life: Life
    private let name: String
    private var open: [RecordBatch] = []
    private var prepared: [RecordBatch] = []
    private var committedEpoch: Int64 = 0
    private(set) var counts = SinkCounts()

    init(_ life: Life, name: String) {
        self.life = life
        self.name = name
    }

    private var world: World { life.world }

    func write(_ batch: RecordBatch) {
        counts.received += Int64(batch.selectedCount)
        open.append(batch)
    }

    var wantsCommit: Bool { open.count > 2 }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot {
        try life.pass("sql prepare")
        prepared = open
        open = []
        return SinkSnapshot(rows: prepared)
    }

    func commit(epoch: Int64) throws(Fault) {
        try transact(epoch: epoch, from: committedEpoch)
        committedEpoch = epoch
        counts.committed = counts.received
        prepared = []
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        try life.pass("sql restore")
        let found = world.database.markers[name]
        world.database.markers[name] = SimulatedDatabase.Marker(epoch: found?.epoch ?? 0, owner: life.number)
        try life.pass("sql owner taken")
        prepared = snapshot?.rows ?? []
        let at = world.database.markers[name]?.epoch ?? 0
        if at < epoch {
            if snapshot == nil {
                // A run that starts anew has nothing to apply, and the marker follows it.
                world.database.markers[name]?.epoch = epoch
            } else {
                world.count(fault: "commit made after a crash")
                try transact(epoch: epoch, from: at)
            }
        }
        if at > epoch { throw Fault("simulation.ahead", "the database is ahead of the checkpoint", domain: .internal) }
        committedEpoch = epoch
        prepared = []
    }

    /// One transaction; sends it again until its outcome is known.
    private func transact(epoch: Int64, from: Int64) throws(Fault) {
        while true {
            try life.pass("sql begin")
            let marker = world.database.markers[name]
            guard marker?.owner == life.number else {
                throw Fault("simulation.fenced", "another run has taken the marker", domain: .external)
            }
            if marker?.epoch == epoch { return }
            guard marker?.epoch == from else {
                throw Fault(
                    "simulation.marker", "the marker is at \(marker?.epoch ?? -1), not at \(from)", domain: .internal)
            }
            let isReplyLost = world.chance(world.scenario.lostReplies)
            if isReplyLost { world.count(fault: "reply of a COMMIT lost") }
            if !isReplyLost || world.chance(0.5) {
                apply(epoch)
                try life.pass("sql committed")
            }
            if !isReplyLost { return }
        }
    }

    private func apply(_ epoch: Int64) {
        world.database.markers[name]?.epoch = epoch
        world.database.transactions += 1
        for batch in prepared {
            guard name == SimulatedJob.rollups else {
                for id in EventRows.letterIDs(batch) { world.database.letters[name, default: [:]][id, default: 0] += 1 }
                continue
            }
            for row in WindowRow.read(batch) {
                if let before = world.database.windows[row.key] { checkForward(before, row) }
                world.database.windows[row.key] = row
            }
        }
        world.trace.note("transaction", epoch, Int64(world.database.windows.count))
        Oracle.checkTransaction(world, sink: name, epoch: epoch)
    }

    /// Rows only join a window, so what a reader has seen of it never goes back.
    private func checkForward(_ before: WindowRow, _ after: WindowRow) {
        world.trace.note("row", after.count, after.sum)
        if after.count < before.count || after.high < before.high || after.low > before.low {
            world.violate("a window went back: \(before) to \(after)")
        }
    }

    func close() {}
}
