import Columnar
import Dataflow
import Primitives

/// `lookup`: adds the columns of a small static table.
struct LookupFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "lookup",
        summary: "Adds columns from a small static table, found by key.",
        doc: "The table is read once at the start: CSV with a header line, or one JSON object a line. Its values are "
            + "strings; of rows with the same key the first counts. "
            + "A key without a value matches nothing.",
        kind: .object([
            FieldSpec("file", .path, required: true, doc: "The table."),
            FieldSpec(
                "on", .either([.list(.column), .map(.column)]), required: true,
                doc: "The key: columns of the same name in both, or the table's columns each with the stream's."),
            FieldSpec("columns", .list(.string), doc: "The table's columns to add; all but the key if absent."),
            FieldSpec(
                "missing", .choice(["null", "drop", "dead_letter"]), default: "null",
                doc: "What becomes of a row without a match: it goes on without values, is dropped (and counted as "
                    + "filtered), or goes to `dead_letters`."),
        ]),
        example: "campaigns: { from: views, lookup: { file: ads.csv, on: [ad_id], columns: [campaign_id] } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let file = settings["file"], let path = file.string, let on = settings["on"] else { return nil }
        let table: StaticTable
        do throws(Fault) {
            table = try context.readTable(context.resolve(path))
        } catch {
            faults.report(error, at: file.path)
            return nil
        }
        let pairs: [(table: String, stream: Settings)] =
            on.members?.map { ($0.name, $0.value) } ?? (on.list ?? []).map { ($0.string ?? "", $0) }
        var streamKeys: [FieldPath] = []
        var tableKeys: [Int] = []
        for (name, stream) in pairs {
            guard let column = faults.keyColumn(stream, input.schema),
                let index = tableColumn(name, of: table, at: stream.path, faults)
            else { continue }
            if column.field.type != .string && column.field.type != .int64 {
                faults.report(
                    Fault(
                        "schema.key_type", "column `\(column.field.name)` is \(column.field.type)",
                        hint: "a lookup key is a string or an integer"),
                    at: stream.path)
            }
            streamKeys.append(column)
            tableKeys.append(index)
        }
        let wanted: [Int] =
            settings["columns"]?.list?.compactMap { tableColumn($0.string ?? "", of: table, at: $0.path, faults) }
            ?? table.columns.indices.filter { !tableKeys.contains($0) }
        // A key that was not found would be taken for a column to add.
        guard !streamKeys.isEmpty, streamKeys.count == pairs.count else { return nil }
        let missing = LookupOperator.Missing(rawValue: settings["missing"]?.string ?? "null") ?? .null
        faults.refuseTaken(
            wanted.map { table.columns[$0] }, input.schema, at: settings["columns"]?.path ?? settings.path)
        let added = wanted.map { index in
            Field(
                table.columns[index], .string,
                isNullable: missing == .null || table.rows.contains { $0[index] == nil })
        }
        let keyNames = streamKeys.map(\.field.name)
        let index = LookupIndex(table, keys: tableKeys, values: wanted)
        let schema = Schema(input.schema.fields + added)
        return PlannedOperator(
            output: StreamShape(
                schema: schema, hasEventTime: input.hasEventTime, key: input.key, isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(added.map(\.name)).union(keyNames) }] },
            placement: .local { context in
                LookupOperator(index, keyNames, added, missing, context.renderRow)
            },
            facts: ["\(table.rows.count) rows by (\(keyNames.joined(separator: ", "))), missing: \(missing.rawValue)"])
    }

    private func tableColumn(_ name: String, of table: StaticTable, at path: [String], _ faults: FaultCollector) -> Int?
    {
        if let index = table.columns.firstIndex(of: name) { return index }
        let nearest = Spelling.nearest(name, table.columns)
        faults.report(
            Fault(
                "lookup.column_missing", "the table has no column `\(name)`",
                hint: nearest.map { "did you mean `\($0)`?" }
                    ?? "columns there: \(table.columns.joined(separator: ", "))"),
            at: path)
        return nil
    }
}

/// The table, ready to be searched: shared by all subtasks.
private final class LookupIndex: Sendable {
    private let rows: [[UInt8]: Int]
    /// One column a value wanted.
    let values: [Column]

    init(_ table: StaticTable, keys: [Int], values: [Int]) {
        var rows: [[UInt8]: Int] = [:]
        for (number, row) in table.rows.enumerated() {
            var key: [UInt8] = []
            for index in keys { Self.append(row[index] ?? "", to: &key) }
            if keys.contains(where: { row[$0] == nil }) { continue }
            if rows[key] == nil { rows[key] = number }
        }
        self.rows = rows
        self.values = values.map { index in
            let builder = ColumnBuilder(.string, capacity: table.rows.count + 1)
            for row in table.rows {
                if let value = row[index] { builder.append(value) } else { builder.appendNull() }
            }
            // One row more, without a value: what a row finds that has no match.
            builder.appendNull()
            return builder.finish()
        }
    }

    var missingRow: Int { values.first.map { $0.count - 1 } ?? rows.count }

    func find(_ key: [UInt8]) -> Int? { rows[key] }

    /// Appends one part of a key, told apart from the next by its length.
    static func append(_ part: String, to key: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.utf8.count)) { key.append(contentsOf: $0) }
        key.append(contentsOf: part.utf8)
    }
}

private final class LookupOperator: Operator {
    enum Missing: String {
        case null
        case drop
        case deadLetter = "dead_letter"
    }

    private let index: LookupIndex
    private let keys: [String]
    private let added: [Field]
    private let missing: Missing
    private let renderRow: RowRenderer

    init(
        _ index: LookupIndex, _ keys: [String], _ added: [Field], _ missing: Missing, _ renderRow: @escaping RowRenderer
    ) {
        self.index = index
        self.keys = keys
        self.added = added
        self.missing = missing
        self.renderRow = renderRow
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let batch = frame.batch
        let columns = keys.compactMap { batch.schema.resolve($0) }.map { batch.column(at: $0) }
        var positions = Array(repeating: UInt32(truncatingIfNeeded: index.missingRow), count: batch.rowCount)
        var kept = SelectionBuilder(capacity: batch.selectedCount)
        var letters: [DeadLetter] = []
        var key: [UInt8] = []
        batch.forEachRow { row in
            key.removeAll(keepingCapacity: true)
            for column in columns { Self.append(column, row, to: &key) }
            // A key without a value is found nowhere.
            if columns.allSatisfy({ $0.isValid(row) }), let found = index.find(key) {
                positions[row] = UInt32(truncatingIfNeeded: found)
                kept.append(row)
            } else if missing == .null {
                kept.append(row)
            } else if missing == .deadLetter {
                letters.append(
                    DeadLetter(
                        code: "lookup.missing", reason: "the lookup table has no row for this key", origin: "",
                        partition: 0, offset: -1, bytes: renderRow(batch, row),
                        eventTime: batch.eventTimes?.values[row]))
            }
        }
        let selection = kept.finish()
        if !letters.isEmpty { output.emitDeadLetters(letters) }
        output.ledger.passed += Int64(selection.count)
        output.ledger.filtered += Int64(batch.selectedCount - selection.count - letters.count)
        let values = positions.withUnsafeBufferPointer { positions in index.values.map { $0.take(positions) } }
        let schema = Schema(batch.schema.fields + added)
        let joined = batch.replacing(schema: schema, columns: batch.columns + values)
        output.emit(frame.with(joined.filtered(selection)))
    }

    private static func append(_ column: Column, _ row: Int, to key: inout [UInt8]) {
        if let bytes = column.asBytes {
            let value = bytes[row]
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: value.count)) { key.append(contentsOf: $0) }
            key.append(contentsOf: value)
        } else if let numbers = column.asInt64 {
            LookupIndex.append(String(numbers.values[row]), to: &key)
        }
    }
}
