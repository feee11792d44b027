import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Testing

extension PostgresSuite {
    @Suite("Tables that do not fit")
    struct MismatchTests {
        let server = PrivatePostgres.shared
        let schema = Schema([
            Field("brand", .string), Field("window_start", .timestamp), Field("mentions", .int64),
            Field("sentiment", .float64), Field("tags", .list(.string)),
        ])
        let key = ["brand", "window_start"]

        @Test("one fault lists every difference and the statements that mend them, and they do")
        func everything() throws {
            _ = try server.query(
                """
                CREATE TABLE drift (brand text, window_start timestamp, mentions text, sentiment real,
                    owner text NOT NULL, made timestamptz NOT NULL DEFAULT now(), note text)
                """)
            let options = settings(("table", .string("drift")))
            let fault = #expect(throws: Fault.self) { try openSink(options, schema, key: key, Witness()) }
            #expect(fault?.code == "postgres.table_mismatch")
            #expect(
                fault?.detail?.split(separator: ";").map { $0.drop { $0 == " " } } == [
                    "column window_start is timestamp without time zone, where timestamp wants timestamp with time zone",
                    "column mentions is text, where int64 wants bigint",
                    "column sentiment is real, where float64 wants double precision",
                    "column tags is missing",
                    "column owner is NOT NULL, has no default, and the stream has no such column",
                    "no unique index on (window_start, brand)",
                ])
            _ = try server.query(fault?.hint ?? "")
            try openSink(options, schema, key: key, Witness()).close()
        }

        @Test("a unique index that keeps nulls apart does not do for a key that may be null")
        func nulls() throws {
            _ = try server.query("CREATE TABLE apart (k text UNIQUE)")
            let schema = Schema([Field("k", .string, isNullable: true)])
            let options = settings(("table", .string("apart")))
            let fault = #expect(throws: Fault.self) { try openSink(options, schema, key: ["k"], Witness()) }
            #expect(fault?.hint == "CREATE UNIQUE INDEX ON \"apart\" (\"k\") NULLS NOT DISTINCT")
            _ = try server.query(fault?.hint ?? "")
            try openSink(options, schema, key: ["k"], Witness()).close()
        }

        @Test("a view, a missing table with create: false, a missing schema: each says what to do")
        func missing() throws {
            _ = try server.query("CREATE VIEW seen AS SELECT 1 AS k")
            let schema = Schema([Field("k", .int64)])
            func fault(_ table: String, create: Bool) -> Fault? {
                #expect(throws: Fault.self) {
                    try openSink(
                        settings(("table", .string(table)), ("create", .bool(create))), schema, key: ["k"], Witness())
                }
            }
            #expect(fault("seen", create: true)?.code == "postgres.not_a_table")
            let absent = fault("absent", create: false)
            #expect(absent?.code == "postgres.table_missing")
            #expect(absent?.hint == "CREATE TABLE IF NOT EXISTS \"absent\" (\"k\" bigint, PRIMARY KEY (\"k\"))")
            #expect(fault("nowhere.absent", create: true)?.code == "postgres.schema_missing")
        }

        @Test("a table that goes missing under a sink is not replaced by an empty one")
        func gone() throws {
            let schema = Schema([Field("k", .int64)])
            let sink = try openSink(settings(("table", .string("gone"))), schema, key: ["k"], Witness(), name: "gone")
            try sink.write(batch(schema, [[1]]))
            try sink.commitEpoch()
            _ = try server.query("ALTER TABLE gone RENAME TO elsewhere")
            try sink.write(batch(schema, [[2]]))
            let fault = #expect(throws: Fault.self) { try sink.commitEpoch() }
            #expect(fault?.code == "postgres.table_missing")
            sink.close()
            #expect(try server.query("SELECT to_regclass('gone') IS NULL") == ["t"])
        }

        @Test("a wrong password, database, right or host is a fault that names the place and no password")
        func refused() throws {
            _ = try server.query(
                "CREATE ROLE guarded LOGIN PASSWORD 'right'; CREATE TABLE closed (k bigint PRIMARY KEY)")
            func fault(_ user: String, _ database: String = "postgres", port: Int? = nil) -> Fault? {
                let url = "postgres://\(user)@127.0.0.1:\(port ?? server.port)/\(database)"
                let options = settings(
                    url: url, [("table", .string("closed")), ("connect_timeout", .duration(.seconds(1)))])
                return #expect(throws: Fault.self) {
                    try openSink(options, Schema([Field("k", .int64)]), key: ["k"], Witness())
                }
            }
            let wrong = fault("guarded:s3cret")
            #expect(wrong?.code == "postgres.authentication")
            #expect(
                wrong?.detail == "connection to server at \"127.0.0.1\", port \(server.port) failed: "
                    + "password authentication failed for user \"guarded\" (SQLSTATE 28P01); "
                    + "host 127.0.0.1, port \(server.port), database postgres, user guarded"
                    || wrong?.detail == "password authentication failed for user \"guarded\" (SQLSTATE 28P01); "
                        + "host 127.0.0.1, port \(server.port), database postgres, user guarded"
            )
            #expect(wrong?.description.contains("s3cret") == false)
            #expect(fault("guarded:right")?.code == "postgres.permission")
            #expect(fault("martlet", "nowhere")?.code == "postgres.database_missing")
            let away = fault("martlet:s3cret", port: 1)
            #expect(away?.code == "postgres.unreachable")
            #expect(away?.detail?.contains("Connection refused") == true)
            #expect(away?.description.contains("s3cret") == false)
        }

        @Test("settings are checked offline, all faults at once")
        func offline() {
            let faults = FaultCollector()
            let schema = Schema([Field("xmin", .int64), Field("tags", .list(.string))])
            PostgresSinkFactory().validate(
                settings(
                    url: "nonsense",
                    [
                        ("table", .string("a.b.c")),
                        (
                            "key",
                            .list([
                                Settings(.string("tags")), Settings(.string("none")),
                            ])
                        ),
                    ]), schema: schema, key: [], faults)
            #expect(
                faults.faults.map(\.fault.code) == [
                    "postgres.url", "postgres.table_name", "postgres.column_name", "postgres.key_type",
                    "postgres.key_missing",
                ])
            let keyless = FaultCollector()
            PostgresSinkFactory().validate(
                settings(url: "postgres://h/d", [("table", .string("t")), ("mode", .string("upsert"))]),
                schema: Schema([Field("a", .int64)]), key: [], keyless)
            #expect(keyless.faults.map(\.fault.code) == ["postgres.no_key"])
            #expect(keyless.faults.first?.path == ["mode"])
        }
    }
}
