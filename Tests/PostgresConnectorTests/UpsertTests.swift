import Columnar
import Dataflow
import Primitives
import Testing

@testable import PostgresConnector

extension PostgresSuite {
    @Suite("Upserts and appends")
    struct UpsertTests {
        let server = PrivatePostgres.shared
        let schema = Schema([
            Field("brand", .string), Field("window_start", .timestamp), Field("mentions", .int64),
            Field("sentiment", .float64, isNullable: true),
        ])
        let key = ["brand", "window_start"]

        @Test("a missing table is made, with the window's start leading its primary key")
        func create() throws {
            let sink = try openSink(settings(("table", .string("made.Rollup"))), schemaIn: "made")
            sink.close()
            let columns = try server.query(
                """
                SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
                WHERE attrelid = 'made."Rollup"'::regclass AND attnum > 0 ORDER BY attnum
                """)
            #expect(
                columns == [
                    "brand|text", "window_start|timestamp with time zone", "mentions|bigint",
                    "sentiment|double precision",
                ])
            let index = try server.query(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'made.\"Rollup\"'::regclass")
            #expect(index == ["PRIMARY KEY (window_start, brand)"])
        }

        private func openSink(_ settings: Settings, schemaIn name: String) throws -> any Sink {
            _ = try server.query("CREATE SCHEMA IF NOT EXISTS \(name)")
            return try PostgresConnectorTests.openSink(settings, schema, key: key, Witness())
        }

        @Test("rows are absolute: the last of a key wins within a commit and over commits")
        func absolute() throws {
            let witness = Witness()
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("absolute"))), schema, key: key, witness)
            try sink.write(batch(schema, [["a", 0, 1, 0.5], ["b", 0, 1, nil], ["a", 0, 2, 0.25]]))
            try sink.write(batch(schema, [["a", 60_000_000, 9, 1.0], ["b", 0, 4, nil]]))
            try sink.commitEpoch()
            let expected = ["a|0|2|0.25", "a|60|9|1", "b|0|4|~"]
            let query =
                "SELECT brand, extract(epoch FROM window_start)::int, mentions, sentiment FROM absolute ORDER BY 1, 2"
            #expect(try server.query(query) == expected)
            #expect(sink.counts.received == 5)
            #expect(sink.counts.committed == 5)
            try sink.write(batch(schema, [["b", 0, 3, 7.0]]))
            try sink.commitEpoch()
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query(query) == ["a|0|2|0.25", "a|60|9|1", "b|0|3|7"])
            #expect(witness.faults.isEmpty)
        }

        @Test("new rows are added and rows that are there replaced, in whatever order such commits come")
        func newAndOld() throws {
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("new_and_old"))), schema, key: key, Witness())
            var expected: [Int64: Int64] = [:]
            var random = RandomSource(seed: 7)
            for epoch in Int64(1)...40 {
                // Runs of commits with new keys alone, and of others.
                let keys =
                    epoch % 10 < 5
                    ? Array((epoch * 100)..<(epoch * 100 + 20))
                    : (0..<20).map { _ in
                        Int64(random.below(4_200))
                    }
                for key in Set(keys) { expected[key] = epoch }
                try sink.write(batch(schema, Set(keys).map { ["a", .integer($0 * 1_000_000), .integer(epoch), nil] }))
                try sink.commitEpoch()
            }
            sink.close()
            let found = try server.query(
                "SELECT extract(epoch FROM window_start)::bigint, mentions FROM new_and_old ORDER BY 1")
            #expect(found == expected.sorted { $0.key < $1.key }.map { "\($0.key)|\($0.value)" })
            #expect(sink.counts.committed == sink.counts.received)
        }

        @Test("commits go by without an attempt to add rows, twice as many after each failure")
        func guess() {
            var guess = NewRowsGuess()
            var pauses: [Int] = []
            for _ in 0..<12 {
                #expect(guess.isExpected)
                guess.note(false)
                var pause = 0
                while !guess.isExpected {
                    guess.note(nil)
                    pause += 1
                }
                pauses.append(pause)
            }
            #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_024])
            guess.note(true)
            guess.note(false)
            guess.note(nil)
            #expect(guess.isExpected)
        }

        @Test("a row that changes nothing makes no new version of itself")
        func unchanged() throws {
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("unchanged"))), schema, key: key, Witness())
            let place = "SELECT ctid, xmin FROM unchanged"
            try sink.write(batch(schema, [["a", 0, 1, nil]]))
            try sink.commitEpoch()
            let before = try server.query(place)
            try sink.write(batch(schema, [["a", 0, 1, nil]]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query(place) == before)
        }

        @Test("only selected rows are written")
        func selection() throws {
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("selected"))), schema, key: key, Witness())
            let rows = batch(schema, (0..<10).map { [.text("b\($0)"), 0, .integer($0), nil] })
            try sink.write(rows.selecting(SelectionVector([1, 8])))
            try sink.write(rows.selecting(SelectionVector([0, 2, 3, 4, 5, 6, 9])))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT mentions FROM selected ORDER BY 1").joined() == "012345689")
            #expect(sink.counts.received == 9)
        }

        @Test("the sink asks for a commit when its bound is reached, or rows have waited long enough")
        func bounded() throws {
            let limit = Settings(.object([("rows", Settings(.integer(3)))]))
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("bounded")), ("batch", limit.value)), schema, key: key, Witness())
            try sink.write(batch(schema, [["a", 0, 1, nil], ["b", 0, 1, nil]]))
            try sink.write(batch(schema, [["c", 0, 1, nil]]))
            #expect(sink.wantsCommit && sink.counts.held == 3)
            try sink.commitEpoch()
            #expect(!sink.wantsCommit && sink.counts.committed == 3)
            sink.close()
            #expect(try server.query("SELECT count(*) FROM bounded") == ["3"])

            let clock = FastClock()
            let patient = try PostgresSinkFactory().open(
                settings(("table", .string("bounded"))), Witness().context(schema, key: key, clock: clock))
            try patient.write(batch(schema, [["d", 0, 1, nil]]))
            let written = clock.monotonicNanoseconds()
            while !patient.wantsCommit { continue }
            #expect(clock.monotonicNanoseconds() - written >= 8_000_000)
            patient.close()
        }

        @Test("a key of the file replaces that of the rows, and null keys meet")
        func nullKeys() throws {
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("null_keys")), ("key", .list([Settings(.string("sentiment"))]))), schema,
                key: key, Witness())
            try sink.write(batch(schema, [["a", 0, 1, nil], ["b", 0, 2, 0.0], ["c", 0, 3, nil]]))
            try sink.commitEpoch()
            try sink.write(
                batch(schema, [["d", 0, 4, nil], ["e", 0, 5, .number(-0.0)], ["f", 0, 6, .number(.nan)]]))
            try sink.commitEpoch()
            try sink.write(batch(schema, [["g", 0, 7, .number(-.nan)]]))
            try sink.commitEpoch()
            sink.close()
            #expect(
                try server.query("SELECT brand, mentions FROM null_keys ORDER BY 1") == ["d|4", "e|5", "g|7"])
        }

        @Test("appended rows are all kept, and a commit leaves its epoch")
        func append() throws {
            let witness = Witness()
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("appended"))), schema, key: [], witness, name: "appender")
            for epoch in 1...2 {
                try sink.write(batch(schema, [["a", 0, 1, nil], ["a", 0, 1, nil]]))
                _ = try sink.prepare(epoch: Int64(epoch))
                try sink.commit(epoch: Int64(epoch))
            }
            sink.close()
            #expect(try server.query("SELECT count(*) FROM appended") == ["4"])
            #expect(try server.query("SELECT owner, epoch FROM martlet_commit WHERE sink = 'appender'") == ["1|2"])
        }

        @Test("rows find their partitions")
        func partitioned() throws {
            _ = try server.query(
                """
                CREATE TABLE parted (brand varchar(20), window_start timestamptz, mentions numeric, sentiment float8,
                    written timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (brand, window_start))
                    PARTITION BY RANGE (window_start);
                CREATE TABLE parted_1970 PARTITION OF parted FOR VALUES FROM ('1970-01-01Z') TO ('1971-01-01Z');
                CREATE TABLE parted_1971 PARTITION OF parted FOR VALUES FROM ('1971-01-01Z') TO ('1972-01-01Z')
                """)
            let witness = Witness()
            let sink = try PostgresConnectorTests.openSink(
                settings(("table", .string("parted"))), schema, key: key, witness)
            let year: Int64 = 31_536_000_000_000
            try sink.write(
                batch(schema, [["a", 0, 1, nil], ["a", .integer(year), 2, nil], ["a", .integer(5 * year), 3, nil]]))
            try sink.commitEpoch()
            sink.close()
            #expect(
                try server.query("SELECT tableoid::regclass, mentions FROM parted ORDER BY 2") == [
                    "parted_1970|1", "parted_1971|2",
                ])
            #expect(sink.counts.parked == 1)
            #expect(witness.letters.first?.reason.contains("no partition of relation \"parted\" found for row") == true)
        }
    }
}
