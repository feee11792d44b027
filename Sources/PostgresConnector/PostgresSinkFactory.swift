package import Columnar
package import Dataflow
package import Primitives

/// Makes sinks that upsert or append rows into a Postgres table.
package struct PostgresSinkFactory: SinkFactory {
    package init() {}

    package var spec: ComponentSpec {
        ComponentSpec(
            name: "postgres",
            summary: "Writes rows to a Postgres table, one row a key where the rows have one.",
            doc: """
                Rows travel by binary COPY into a staging table and from there, in the same transaction, into the \
                table: a reader sees all rows of a commit or none. Of several rows with one key the last counts. The \
                table is made if it is missing and checked if it is there: types that hold every value exactly are \
                accepted (bigint, integer, smallint or numeric for int64, text or varchar for string, double \
                precision, boolean, bytea, timestamptz; arrays, or jsonb and json, for lists; jsonb or json for \
                structs), and so are further columns that a row can do without. A row that the server refuses for \
                what it holds is parked with the server's words, the others are committed. When the server is away, \
                the sink waits for it. A row of the table martlet_commit, beside the sink's table, holds the epoch \
                that the same transaction committed and which run owns the sink: a run that starts again after a \
                crash writes what had not arrived and nothing twice, and a run that was taken for dead writes nothing \
                more. Rows wait up to 50 ms for others, then the sink asks for a commit. The staging table belongs to a \
                session: behind pgbouncer, use session pooling.
                """,
            kind: .object([
                FieldSpec(
                    "url", .string, required: true,
                    doc: "The database: a postgres:// URL, or libpq's keyword=value pairs.",
                    example: "${DATABASE_URL}", secret: true),
                FieldSpec(
                    "table", .string, required: true,
                    doc: "The table, or schema.table, exactly as written, case included.", example: "brand_rollup_1m"),
                FieldSpec(
                    "key", .list(.column),
                    doc: "The columns that identify a row. Left out: the key of the rows themselves, a window's for "
                        + "example."),
                FieldSpec(
                    "mode", .choice(["upsert", "append"]), default: "upsert where there is a key, else append",
                    doc: "upsert replaces the row of the same key; append adds every row, and goes on only from the "
                        + "state that wrote the table last."),
                FieldSpec(
                    "create", .bool, default: "true",
                    doc: "Whether to make the table, and martlet_commit, if they are missing: text keys compare by "
                        + "bytes (COLLATE \"C\"), window_start leads the primary key. A key column that may be null needs Postgres 15."
                ),
                FieldSpec(
                    "batch",
                    .object([
                        FieldSpec(
                            "rows", .integer(1...10_000_000), default: "500000",
                            doc: "Rows that may wait for a commit; above it the sink asks for one."),
                        FieldSpec(
                            "bytes", .byteSize, default: "16MiB", doc: "Memory that waiting rows may take; likewise."),
                    ]), doc: "How much may gather between two commits. Larger commits are cheaper a row."),
                FieldSpec(
                    "connect_timeout", .duration, default: "10s",
                    doc: "How long one attempt to connect may take, and how long the start waits for a server that "
                        + "is not there yet."),
            ]),
            example: """
                postgres:
                  url: ${DATABASE_URL}
                  table: brand_rollup_1m
                """)
    }

    package func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        _ = PostgresSettings(settings, schema: schema, key: key, faults)
    }

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let faults = FaultCollector()
        guard let settings = PostgresSettings(settings, schema: context.schema, key: context.key, faults) else {
            throw faults.faults.first?.fault ?? Fault("postgres.settings", "the settings cannot be used")
        }
        let sink = PostgresSink(settings, context)
        try sink.open()
        return sink
    }
}
