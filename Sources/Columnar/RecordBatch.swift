/// Some thousand rows of one schema. A filter narrows a batch by its selection and copies nothing.
@usableFromInline
package struct RecordBatch: Sendable {
    package let schema: Schema
    package let columns: [Column]
    /// Rows that lie in the columns, selected or not.
    @usableFromInline package let rowCount: Int
    /// The rows that count, in order; `nil`: all of them.
    @usableFromInline package let selection: SelectionVector?
    /// When each row happened, one value a physical row; `nil` where rows have no event time.
    package let eventTimes: Int64Column?

    package init(
        schema: Schema, columns: [Column], rowCount: Int, selection: SelectionVector? = nil,
        eventTimes: Int64Column? = nil
    ) {
        precondition(schema.fields.count == columns.count, "a batch has one column a field")
        assert(columns.allSatisfy { $0.count == rowCount }, "every column of a batch is as long as the batch")
        self.schema = schema
        self.columns = columns
        self.rowCount = rowCount
        self.selection = selection
        self.eventTimes = eventTimes
    }

    /// A batch of a schema with no rows.
    package static func empty(_ schema: Schema) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: 0)
    }

    /// Rows that count.
    package var selectedCount: Int { selection?.count ?? rowCount }

    /// The column at a path. Where a struct on the way is null, so is the result.
    package func column(at path: FieldPath) -> Column {
        var column = columns[path.indices[0]]
        for index in path.indices.dropFirst() {
            guard case .struct(let parent) = column else { preconditionFailure("a path leads through structs") }
            column = parent.children[index]
            if let outer = parent.validity { column = column.masked(by: outer) }
        }
        return column
    }

    /// The same columns with another selection, given in positions of the columns.
    package func selecting(_ selection: SelectionVector?) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, eventTimes: eventTimes)
    }

    /// The same rows with other event times, one a physical row.
    package func timed(by eventTimes: Int64Column?) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, eventTimes: eventTimes)
    }

    /// The same rows under another schema and other columns of the same length.
    package func replacing(schema: Schema, columns: [Column]) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, eventTimes: eventTimes)
    }

    /// The selected rows alone, copied together; itself if nothing is hidden.
    package func compacted() -> RecordBatch {
        guard let selection else { return self }
        if selection.count == rowCount { return selecting(nil) }
        return RecordBatch(
            schema: schema, columns: columns.map { $0.take(selection) }, rowCount: selection.count,
            eventTimes: eventTimes.flatMap { Column.timestamp($0).take(selection).asInt64 })
    }

    /// The batch after a filter: narrowed by selection while most rows stay, copied together once few do.
    package func filtered(_ kept: SelectionVector) -> RecordBatch {
        let narrowed = selecting(kept.count == rowCount ? nil : kept)
        return kept.count * 4 < rowCount ? narrowed.compacted() : narrowed
    }

    /// Bytes of memory that the columns hold, for budgets.
    package var memoryFootprint: Int { columns.reduce(0) { $0 + $1.memoryFootprint } }
}
