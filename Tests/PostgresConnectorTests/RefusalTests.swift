import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Synchronization
import Testing

extension PostgresSuite {
    @Suite("Refused rows")
    struct RefusalTests {
        let server = PrivatePostgres.shared
        let schema = Schema([Field("id", .int64), Field("n", .int64)])

        @Test("only the guilty rows of a commit are parked, with the server's words")
        func bisect() throws {
            _ = try server.query("CREATE TABLE guilty (id bigint PRIMARY KEY, n bigint CHECK (n <> 13))")
            let witness = Witness()
            let sink = try openSink(settings(("table", .string("guilty"))), schema, key: ["id"], witness)
            let bad: Set<Int64> = [0, 77, 500, 999]
            try sink.write(
                batch(schema, (0..<1_000).map { [.integer($0), .integer(bad.contains($0) ? 13 : $0 + 20)] }))
            try sink.commitEpoch()
            #expect(sink.counts.committed == 996)
            #expect(sink.counts.parked == 4)
            #expect(sink.counts.held == 0)
            #expect(
                try server.query("SELECT count(*), sum(n) FROM guilty") == [
                    "996|\((0..<1_000).reduce(0) { $0 + (bad.contains(Int64($1)) ? 0 : $1 + 20) })"
                ])
            #expect(witness.letters.allSatisfy { $0.code == "postgres.row_refused" })
            #expect(
                witness.letters.map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } } == [
                    "{\"id\":0,\"n\":13}", "{\"id\":77,\"n\":13}", "{\"id\":500,\"n\":13}", "{\"id\":999,\"n\":13}",
                ])
            #expect(witness.letters.first?.reason.contains("guilty_n_check") == true)
            try sink.write(batch(schema, [[0, 1]]))
            try sink.commitEpoch()
            sink.close()
            #expect(sink.counts.committed == 997)
            #expect(witness.faults.isEmpty)
        }

        @Test("refused rows are parked before the others are committed: a kill in between loses none")
        func order() throws {
            _ = try server.query("CREATE TABLE parked_first (id bigint PRIMARY KEY, n bigint CHECK (n <> 13))")
            let rowsThere = Mutex<[[String]]>([])
            var context = Witness().context(schema, key: ["id"])
            context.park = { [server] _ in
                let found = try? server.query("SELECT count(*) FROM parked_first")
                rowsThere.withLock { $0.append(found ?? []) }
            }
            let sink = try PostgresSinkFactory().open(settings(("table", .string("parked_first"))), context)
            try sink.write(batch(schema, [[1, 1], [2, 13], [3, 3]]))
            try sink.commitEpoch()
            sink.close()
            #expect(rowsThere.withLock { $0 } == [["0"]])
            #expect(try server.query("SELECT count(*) FROM parked_first") == ["2"])
        }

        @Test("where the last row of a key is refused, the one before it stands")
        func previous() throws {
            _ = try server.query("CREATE TABLE previous (id bigint PRIMARY KEY, n bigint CHECK (n <> 13))")
            let sink = try openSink(settings(("table", .string("previous"))), schema, key: ["id"], Witness())
            try sink.write(batch(schema, [[1, 1], [1, 2], [1, 13], [1, 13], [2, 13]]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT id, n FROM previous") == ["1|2"])
            #expect(sink.counts.committed == 2)
            #expect(sink.counts.parked == 3)
        }

        @Test("a constraint that is checked at the commit parks its rows, too")
        func deferred() throws {
            _ = try server.query(
                """
                CREATE TABLE parent (id bigint PRIMARY KEY); INSERT INTO parent VALUES (1);
                CREATE TABLE child (id bigint PRIMARY KEY, n bigint REFERENCES parent DEFERRABLE INITIALLY DEFERRED)
                """)
            let sink = try openSink(settings(("table", .string("child"))), schema, key: ["id"], Witness())
            try sink.write(batch(schema, [[1, 1], [2, 2], [3, 1]]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT id FROM child ORDER BY 1") == ["1", "3"])
            #expect(sink.counts.parked == 1)
        }

        @Test("appended rows are bisected without a staging table, and counted once")
        func append() throws {
            _ = try server.query("CREATE TABLE appended_guilty (id bigint UNIQUE, n bigint)")
            let sink = try openSink(
                settings(("table", .string("appended_guilty"))), schema, key: [], Witness(), name: "bisected")
            try sink.write(batch(schema, [[1, 1], [2, 2], [1, 3], [3, 3]]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT id, n FROM appended_guilty ORDER BY 1") == ["1|1", "2|2", "3|3"])
            #expect(sink.counts.parked == 1)
            #expect(try server.query("SELECT epoch > 0 FROM martlet_commit WHERE sink = 'bisected'") == ["t"])
        }

        @Test("a value too large for the index is parked")
        func oversized() throws {
            let schema = Schema([Field("k", .string)])
            let witness = Witness()
            let sink = try openSink(settings(("table", .string("oversized"))), schema, key: ["k"], witness)
            var random = RandomSource(seed: 1)
            let long = String((0..<9_000).map { _ in Character(Unicode.Scalar(UInt8(33 + random.below(90)))) })
            try sink.write(batch(schema, [["a"], [.text(long)], ["b"]]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT k FROM oversized ORDER BY 1") == ["a", "b"])
            #expect(witness.letters.first?.reason.contains("index row") == true)
        }

        @Test("a table that changes under the rows stops the sink; no row is blamed")
        func changed() throws {
            let witness = Witness()
            let sink = try openSink(
                settings(("table", .string("changing"))), schema, key: [], witness, name: "changing")
            try sink.write(batch(schema, [[1, 1]]))
            try sink.commitEpoch()
            // A COPY of eight bytes no longer fits; the sink finds another way.
            _ = try server.query("ALTER TABLE changing ALTER COLUMN n TYPE integer")
            try sink.write(batch(schema, [[2, 2]]))
            try sink.commitEpoch()
            #expect(sink.counts.committed == 2)
            _ = try server.query("ALTER TABLE changing DROP COLUMN n")
            try sink.write(batch(schema, [[3, 3]]))
            let fault = #expect(throws: Fault.self) { try sink.commitEpoch() }
            sink.close()
            #expect(fault?.code == "postgres.table_mismatch")
            #expect(fault?.detail == "column n is missing")
            #expect(witness.letters.isEmpty)
            #expect(sink.counts.held == 1)
        }
    }
}
