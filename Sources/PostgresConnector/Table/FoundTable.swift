/// A table as the server's catalog describes it.
package struct FoundTable: Sendable {
    /// A column as the database describes it.
    package struct Column: Sendable {
        package var name: String
        package var type: CatalogType
        package var isNotNull: Bool
        /// A default, an identity or a generated value fills it where a row does not.
        package var hasDefault: Bool
        /// The server always makes the value itself and takes none.
        package var isGenerated: Bool

        package init(name: String, type: CatalogType, isNotNull: Bool, hasDefault: Bool, isGenerated: Bool) {
            self.name = name
            self.type = type
            self.isNotNull = isNotNull
            self.hasDefault = hasDefault
            self.isGenerated = isGenerated
        }
    }

    /// A unique index that ON CONFLICT can use.
    package struct UniqueIndex: Sendable {
        package var columns: Set<String>
        package var nullsAreEqual: Bool

        package init(columns: Set<String>, nullsAreEqual: Bool) {
            self.columns = columns
            self.nullsAreEqual = nullsAreEqual
        }
    }

    /// `r` a table, `p` a partitioned one, `v` a view …
    package var kind: String
    package var columns: [Column]
    package var uniqueIndexes: [UniqueIndex]

    package init(kind: String, columns: [Column], uniqueIndexes: [UniqueIndex]) {
        self.kind = kind
        self.columns = columns
        self.uniqueIndexes = uniqueIndexes
    }

    /// Looks a table up; `nil` if there is none of the name.
    static func find(_ name: TableName, on connection: PostgresConnection) throws(PostgresError) -> FoundTable? {
        let found = try connection.execute(
            "SELECT c.oid, c.relkind FROM pg_class c WHERE c.oid = to_regclass($1)", [name.sql])
        guard let row = found.rows.first, let oid = row[0], let kind = row[1] else { return nil }
        let columns = try connection.execute(
            """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid,
                CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, a.atttypmod, a.attnotnull,
                a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a'
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, [oid])
        // Before 15 every unique index keeps nulls apart.
        let nulls = connection.serverVersion >= 150_000 ? "i.indnullsnotdistinct" : "false"
        let indexes = try connection.execute(
            """
            SELECT i.indexrelid, \(nulls), a.attname
            FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
                AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
            ORDER BY 1
            """, [oid])
        return FoundTable(
            kind: kind, columns: columns.rows.map(Column.init(catalogRow:)),
            uniqueIndexes: UniqueIndex.grouped(indexes.rows))
    }
}

extension FoundTable.Column {
    fileprivate init(catalogRow row: [String?]) {
        func number(_ index: Int) -> Int { row[index].flatMap { Int($0) } ?? 0 }
        self.init(
            name: row[0] ?? "",
            type: CatalogType(
                name: row[1] ?? "", oid: UInt32(truncatingIfNeeded: number(2)),
                baseOID: UInt32(truncatingIfNeeded: number(3)), modifier: number(4)),
            isNotNull: row[5] == "t", hasDefault: row[6] == "t", isGenerated: row[7] == "t")
    }
}

extension FoundTable.UniqueIndex {
    /// From rows (index, nulls are equal, column), those of an index together.
    fileprivate static func grouped(_ rows: [[String?]]) -> [Self] {
        var indexes: [Self] = []
        var current: String?
        for row in rows {
            if current == nil || row[0] != current {
                indexes.append(Self(columns: [], nullsAreEqual: row[1] == "t"))
                current = row[0]
            }
            if let name = row[2] { indexes[indexes.count - 1].columns.insert(name) }
        }
        return indexes
    }
}
