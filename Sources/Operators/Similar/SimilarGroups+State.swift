import Dataflow
import Primitives

extension SimilarGroups: OperatorState {
    var tables: [StateTable] { [SimilarRows.groups, SimilarRows.counts] }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        for number in forgotten.sorted() where !whole && buckets[number] == nil {
            for table in tables { changes += dropped(table, number) }
        }
        if whole { captured = [:] }
        for number in order {
            guard let bucket = buckets[number] else { continue }
            // A post that came very late has opened it again: the groups of before are gone.
            let isNew = whole || forgotten.contains(number)
            var rows = SimilarRows()
            bucket.capture(whole: isNew, into: &rows)
            let (groups, counts) = rows.finish()
            for (table, batches) in [(SimilarRows.groups, groups), (SimilarRows.counts, counts)] {
                if isNew && batches.isEmpty { changes += dropped(table, number) }
                for (position, batch) in batches.enumerated() {
                    let rows = StateRows(table: table.name, bucket: horizon.start(number), rows: batch)
                    changes.append(isNew && position == 0 ? .replace(rows) : .add(rows))
                    captured[table, default: []].insert(number)
                }
            }
        }
        forgotten = []
        return changes
    }

    private func dropped(_ table: StateTable, _ number: Int64) -> [StateChange] {
        guard captured[table]?.remove(number) != nil else { return [] }
        return [.drop(table: table.name, bucket: horizon.start(number))]
    }

    func restore(_ rows: StateRows) throws(Fault) {
        guard let table = tables.first(where: { $0.name == rows.table }) else { return }
        captured[table, default: []].insert(horizon.bucket(rows.bucket))
        try SimilarRows.read(rows, into: &returned)
    }

    func resume(at watermark: EventTime) {
        for (start, groups) in returned.groups {
            let bucket = bucket(horizon.bucket(start))
            let counts = returned.counts[start] ?? [:]
            for (number, group) in groups.sorted(by: { $0.key < $1.key }) {
                var group = group
                group.count = counts[number] ?? group.count
                bucket.restore(group)
            }
            bucket.markCaptured()
        }
        returned = SimilarRows.Returned()
        advance(to: watermark)
    }
}
