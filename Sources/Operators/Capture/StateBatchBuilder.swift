import Columnar

/// Collects rows of state into batches that stay far below what a column can hold: sketches are large.
struct StateBatchBuilder {
    private static let rowsMax = 65_536
    private static let columnBytesMax = 64 << 20

    /// Rows that checkpoints may hold of a bucket of so many live ones.
    static func outdatedMax(_ live: Int) -> Int { 3 * live + 1_024 }

    private let schema: Schema
    /// One value is to be appended to each before a row ends.
    let builders: [ColumnBuilder]
    private var batches: [RecordBatch] = []

    init(_ schema: Schema) {
        self.schema = schema
        builders = schema.fields.map { ColumnBuilder($0.type) }
    }

    mutating func endRow() {
        let isFull =
            builders[0].count >= Self.rowsMax || builders.contains { $0.byteCount > Self.columnBytesMax }
        if isFull { endBatch() }
    }

    /// Everything since the last call.
    mutating func finish() -> [RecordBatch] {
        endBatch()
        defer { batches = [] }
        return batches
    }

    private mutating func endBatch() {
        let count = builders[0].count
        guard count > 0 else { return }
        batches.append(RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: count))
    }
}

extension RecordBatch {
    /// The column of a name and type; `nil` if there is none.
    func column(_ name: String, _ type: DataType) -> Column? {
        guard let index = schema.index(of: name), schema.fields[index].type == type else { return nil }
        return columns[index]
    }
}
