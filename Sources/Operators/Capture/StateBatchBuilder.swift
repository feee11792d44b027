import Columnar

/// Collects rows of state into batches that stay far below what a column can hold: sketches are large.
struct StateBatchBuilder {
    /// Rows that checkpoints may hold of a bucket of so many live ones.
    static func outdatedMax(_ live: Int) -> Int { 3 * live + 1_024 }

    private let schema: Schema
    /// One value is to be appended to each before a row ends.
    let builders: [ColumnBuilder]
    private let rowsMax: Int
    private let columnBytesMax: Int
    private var batches: [RecordBatch] = []

    /// - Parameters:
    ///   - rowsMax: rows of a batch.
    ///   - columnBytesMax: bytes of a column after which a batch ends.
    init(_ schema: Schema, rowsMax: Int = 65_536, columnBytesMax: Int = 64 << 20) {
        self.schema = schema
        self.rowsMax = rowsMax
        self.columnBytesMax = columnBytesMax
        builders = schema.fields.map { ColumnBuilder($0.type) }
    }

    mutating func endRow() {
        let isFull =
            builders[0].count >= rowsMax || builders.contains { $0.byteCount > columnBytesMax }
        if isFull { endBatch() }
    }

    /// The full batches since the last call.
    mutating func takeFull() -> [RecordBatch] {
        guard !batches.isEmpty else { return [] }
        defer { batches = [] }
        return batches
    }

    /// Everything since the last call.
    mutating func finish() -> [RecordBatch] {
        endBatch()
        return takeFull()
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
