import Columnar
import Primitives
import Synchronization

@testable import Dataflow

/// Reads everything that a store gives back, as the model remembers it.
enum StoreReading {
    /// - Parameter groups: the ranges of key groups that are restored one after the other.
    /// - Returns: `nil` for a folder that has had no checkpoint.
    static func read(
        _ store: LocalCheckpointStore, keyColumns: Int, groups: [Range<Int>] = [0..<128, 128..<256],
        report: @Sendable (Fault) -> Void = { _ in }
    ) throws(Fault) -> StoreModel.Expectation? {
        guard let checkpoint = try store.open(report: report) else { return nil }
        var rows: StoreModel.Rows = [:]
        for node in StoreModel.nodes {
            for range in groups {
                try store.restore(node: node, keyGroups: range) { (found) throws(Fault) in
                    try take(found, node, range, found.table == StoreModel.log ? 0 : keyColumns, &rows)
                }
            }
        }
        for name in rows.keys { rows[name] = rows[name]?.mapValues { $0.sorted() } }
        let sink = try store.restoreSink("out")
        return StoreModel.Expectation(
            epoch: checkpoint.head.epoch, rows: rows, token: sink?.token ?? [],
            outbox: (sink?.rows ?? []).flatMap { $0.texts })
    }

    /// Takes rows as an operator does: those of its key groups, of a key the newest alone.
    private static func take(
        _ found: StateRows, _ node: String, _ range: Range<Int>, _ keyColumns: Int, _ rows: inout StoreModel.Rows
    ) throws(Fault) {
        let name = "\(node) \(found.table) \(found.bucket)"
        guard let hashes = found.rows.columns[0].asInt64 else { throw ByteReader.fault }
        for (row, text) in found.rows.texts.enumerated() {
            let hash = hashes.values[row]
            guard range.contains(KeyGroup.of(hash: UInt64(bitPattern: hash))) else { continue }
            let key = StoreModel.Key(hash: hash, rest: StoreModel.rest(found.rows, row, keyColumns))
            // The newest comes first.
            if keyColumns == 0 || rows[name]?[key] == nil { rows[name, default: [:]][key, default: []].append(text) }
        }
    }
}
