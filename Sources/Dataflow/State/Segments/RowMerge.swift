import Columnar
import Primitives

/// Makes one batch of several of a state table.
enum RowMerge {
    /// - Parameters:
    ///   - batches: of one schema, the newest first.
    /// - keyColumns: of rows that agree in so many first columns only the newest is kept. 0: all are kept, and sorted
    /// by
    ///     the hash in column 0, which packs them closest.
    static func merge(_ batches: [RecordBatch], keyColumns: Int) -> RecordBatch {
        let all = RecordBatch.concatenate(batches, schema: batches[0].schema)
        let kept = keyColumns == 0 ? sorted(all) : newest(all, keyColumns)
        return RecordBatch(
            schema: all.schema, columns: all.columns.map { $0.take(SelectionVector(kept)) }, rowCount: kept.count)
    }

    private static func sorted(_ rows: RecordBatch) -> [UInt32] {
        guard let hashes = rows.columns[0].asInt64 else { return [] }
        let values = hashes.values
        return (0..<UInt32(truncatingIfNeeded: rows.rowCount)).sorted {
            UInt64(bitPattern: values[Int($0)]) < UInt64(bitPattern: values[Int($1)])
        }
    }

    private static func newest(_ rows: RecordBatch, _ keyColumns: Int) -> [UInt32] {
        var encoder = RowKeyEncoder(Array(rows.columns.prefix(keyColumns)))
        defer { encoder.deallocate() }
        var seen = KeyTable(capacity: rows.rowCount)
        var kept: [UInt32] = []
        for row in 0..<rows.rowCount {
            let key = encoder.encode(row)
            if seen.insert(key, hash: Hashing.hash64(key)).isNew { kept.append(UInt32(truncatingIfNeeded: row)) }
        }
        return kept
    }
}
