import Columnar
import Primitives

/// Shares of the key space: few enough to name each, many enough to spread over any number of subtasks.
package enum KeyGroup {
    package static let count = 256

    /// The group of a key's hash.
    package static func of(hash: UInt64) -> Int { Int(hash >> 56) }

    /// The subtask that owns a hash.
    package static func owner(hash: UInt64, subtasks: Int) -> Int { of(hash: hash) * subtasks / count }

    /// The groups that a subtask owns.
    static func owned(by subtask: Int, of subtasks: Int) -> Range<Int> {
        func first(_ subtask: Int) -> Int { (subtask * count + subtasks - 1) / subtasks }
        return first(subtask)..<first(subtask + 1)
    }

    /// The rows, by the hash in column 0, that a subtask owns.
    static func part(of rows: RecordBatch, ownedBy subtask: Int, of subtasks: Int) -> RecordBatch {
        #if CANARIES
            if Canary.isOn(.restoreForeignKeys) { return rows }
        #endif
        guard subtasks > 1, let hashes = rows.columns.first?.asInt64 else { return rows }
        var kept = SelectionBuilder(capacity: rows.rowCount)
        for row in 0..<rows.rowCount
        where owner(hash: UInt64(bitPattern: hashes.values[row]), subtasks: subtasks) == subtask { kept.append(row) }
        let selection = kept.finish()
        return selection.count == rows.rowCount ? rows : rows.selecting(selection).compacted()
    }
}

/// Sends each row to the subtask that owns its key.
final class ExchangeStage: Stage {
    /// How a row finds its owner.
    enum Routing {
        /// By the hash of these columns, for each input; all rows to the first subtask if there are none.
        case keys([[FieldPath]])
        /// Column 0 holds the hash.
        case hashed
    }

    private let routing: Routing
    private let target: Int

    /// Whether all rows are for one subtask: it gets every frame, empty ones too, so that it can follow their numbers.
    private var takesAll: Bool { if case .keys(let keys) = routing { keys.isEmpty } else { false } }

    /// - Parameter target: the number of the stage, in every subtask, that the rows are for.
    init(_ routing: Routing, target: Int, index: Int, node: Int, subtask: Subtask, slots: Int) {
        self.routing = routing
        self.target = target
        super.init(index: index, node: node, subtask: subtask, slots: slots)
    }

    override func receive(_ frame: Frame, slot: Int) throws(Fault) {
        let count = subtask.count
        var rows = (0..<count).map { _ in [UInt32]() }
        switch routing {
        case .keys(let inputs):
            let keys = inputs[frame.input]
            var encoder = RowKeyEncoder(keys.map { frame.batch.column(at: $0) })
            defer { encoder.deallocate() }
            frame.batch.forEachRow { row in
                let hash = keys.isEmpty ? 0 : Hashing.hash64(encoder.encode(row))
                rows[KeyGroup.owner(hash: hash, subtasks: count)].append(UInt32(truncatingIfNeeded: row))
            }
        case .hashed:
            guard let hashes = frame.batch.columns[0].asInt64 else { return }
            frame.batch.forEachRow { row in
                let hash = UInt64(bitPattern: hashes.values[row])
                rows[KeyGroup.owner(hash: hash, subtasks: count)].append(UInt32(truncatingIfNeeded: row))
            }
        }
        for owner in 0..<count where !rows[owner].isEmpty || (owner == 0 && takesAll) {
            let part = frame.batch.selecting(SelectionVector(rows[owner])).compacted()
            try subtask.send(.frame(stage: target, slot: subtask.index, frame.with(part)), to: owner)
        }
    }

    override func advance(to watermark: EventTime) throws(Fault) {
        for owner in 0..<subtask.count {
            try subtask.send(.watermark(stage: target, slot: subtask.index, watermark), to: owner)
        }
    }

    override func close(_ kind: CloseKind) throws(Fault) {
        for owner in 0..<subtask.count {
            try subtask.send(.close(stage: target, slot: subtask.index, kind), to: owner)
        }
    }
}
