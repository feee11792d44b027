extension ColumnBuilder {
    /// Appends one row of a column of the builder's own type.
    package func append(from column: Column, row: Int) {
        guard column.isValid(row) else { return appendNull() }
        switch column {
        case .bool(let column): append(column[row])
        case .int64(let column), .timestamp(let column): append(column.values[row])
        case .float64(let column): append(column.values[row])
        case .string(let column), .bytes(let column): append(column[row])
        case .list(let column):
            for position in column[row] { elements?.append(from: column.elements, row: position) }
            appendList()
        case .struct(let column):
            for (member, child) in zip(members, column.children) { member.append(from: child, row: row) }
            appendStruct()
        }
    }
}

extension RecordBatch {
    /// Puts batches of one schema end to end, selected rows only.
    package static func concatenate(_ batches: [RecordBatch], schema: Schema) -> RecordBatch {
        if batches.count == 1, batches[0].selection == nil { return batches[0] }
        let rows = batches.reduce(0) { $0 + $1.selectedCount }
        let columns = schema.fields.indices.map { index in
            let builder = ColumnBuilder(schema.fields[index].type, capacity: rows)
            for batch in batches {
                let column = batch.columns[index]
                batch.forEachRow { builder.append(from: column, row: $0) }
            }
            return builder.finish()
        }
        var eventTimes: Int64Column?
        if batches.allSatisfy({ $0.eventTimes != nil }), !batches.isEmpty {
            let builder = ColumnBuilder(.timestamp, capacity: rows)
            for batch in batches {
                guard let times = batch.eventTimes else { continue }
                batch.forEachRow { builder.append(times.values[$0]) }
            }
            eventTimes = builder.finish().asInt64
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: rows, eventTimes: eventTimes)
    }
}

extension Column {
    /// Bytes of memory that the column holds, for budgets.
    package var memoryFootprint: Int {
        let bits = validity?.owner.capacity ?? 0
        switch self {
        case .bool(let column): return bits + column.bits.owner.capacity
        case .int64(let column), .timestamp(let column): return bits + column.owner.capacity
        case .float64(let column): return bits + column.owner.capacity
        case .string(let column), .bytes(let column):
            return bits + column.offsetOwner.capacity + column.byteOwner.capacity
        case .list(let column): return bits + column.offsetOwner.capacity + column.elements.memoryFootprint
        case .struct(let column): return bits + column.children.reduce(0) { $0 + $1.memoryFootprint }
        }
    }
}
