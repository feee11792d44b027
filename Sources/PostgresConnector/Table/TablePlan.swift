package import Columnar

/// The table that a stream wants: its columns and what identifies a row.
package struct TablePlan: Sendable {
    /// A column of the table with the field that fills it.
    package struct Column: Sendable {
        package var field: Field
        package var wire: WireType
        /// Whether a COPY can go straight into the table's column.
        var isDirect = true
        var isComparable = true

        package init(_ field: Field) {
            self.field = field
            wire = WireType(field.type)
        }
    }

    package var name: TableName
    package var columns: [Column]
    /// In the order of the index: `window_start` first, since a partitioned table's keys hold its time, and since rows
    /// of a window then lie together. Empty: rows are appended.
    package var key: [String]

    package init(name: TableName, schema: Schema, key: [String]) {
        self.name = name
        columns = schema.fields.map { Column($0) }
        self.key = key.filter { $0 == "window_start" } + key.filter { $0 != "window_start" }
    }

    /// Positions of the key's columns, in the order of the index.
    var keyColumns: [Int] {
        key.compactMap { name in columns.firstIndex { $0.field.name == name } }
    }

    /// Whether a key column may be null in the stream.
    var isKeyNullable: Bool { keyColumns.contains { columns[$0].field.isNullable } }

    /// The statement that makes the table.
    ///
    /// Key columns of text compare by bytes (`COLLATE "C"`): the index is smaller work, agrees with the order in which
    /// rows are written, and survives a change of the system's collations.
    package var createStatement: String {
        let keys = Set(keyColumns)
        var lines = columns.indices.map { index in
            let column = columns[index]
            let collation = keys.contains(index) && column.wire == .text ? " COLLATE \"C\"" : ""
            return "\(SQL.identifier(column.field.name)) \(column.wire.name)\(collation)"
        }
        if !key.isEmpty {
            lines.append((isKeyNullable ? "UNIQUE NULLS NOT DISTINCT" : "PRIMARY KEY") + " (\(SQL.list(key)))")
        }
        return "CREATE TABLE IF NOT EXISTS \(name.sql) (\(lines.joined(separator: ", ")))"
    }

    /// The statement that adds the index which an upsert needs.
    var indexStatement: String {
        "CREATE UNIQUE INDEX ON \(name.sql) (\(SQL.list(key)))" + (isKeyNullable ? " NULLS NOT DISTINCT" : "")
    }
}
