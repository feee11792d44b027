import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Testing

extension PostgresSuite {
    @Suite("Outages")
    struct OutageTests {
        let server = PrivatePostgres.shared
        let schema = Schema([Field("id", .int64), Field("n", .int64)])

        private func rows(_ range: Range<Int64>) -> RecordBatch {
            batch(schema, range.map { [.integer($0), .integer($0)] })
        }

        private func terminateSinks() throws {
            _ = try server.query(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'martlet test'")
        }

        @Test(
            "a terminated backend costs no row and is told of once, and once when it is over", arguments: [true, false])
        func terminated(isKeyed: Bool) throws {
            let table = isKeyed ? "terminated" : "terminated_append"
            let witness = Witness()
            let sink = try openSink(
                settings(("table", .string(table))), schema, key: isKeyed ? ["id"] : [], witness, name: table)
            for step in 0..<5 {
                try sink.write(rows(Int64(step * 100)..<Int64(step * 100 + 100)))
                if step % 2 == 1 { try terminateSinks() }
                try sink.commitEpoch()
            }
            sink.close()
            #expect(try server.query("SELECT count(*), count(DISTINCT id) FROM \(table)") == ["500|500"])
            #expect(sink.counts.committed == 500)
            #expect(witness.faults.map(\.code) == ["postgres.lost", "postgres.back", "postgres.lost", "postgres.back"])
            #expect(
                witness.faults.first?.detail?.contains(
                    "terminating connection due to administrator command (SQLSTATE 57P01)") == true)
        }

        @Test("an immediate restart of the server costs no row", arguments: [true, false])
        func restart(isKeyed: Bool) throws {
            let table = isKeyed ? "restarted" : "restarted_append"
            let witness = Witness()
            let sink = try openSink(
                settings(("table", .string(table))), schema, key: isKeyed ? ["id"] : [], witness, name: table)
            try sink.write(rows(0..<1_000))
            try sink.commitEpoch()
            try sink.write(rows(1_000..<2_000))
            server.control("restart -m immediate")
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT count(*), count(DISTINCT id) FROM \(table)") == ["2000|2000"])
            #expect(witness.faults.map(\.code) == ["postgres.lost", "postgres.back"])
        }

        @Test("a run that is being stopped holds its rows when the server stays away, and commits them when it is back")
        func held() throws {
            let witness = Witness()
            let sink = try PostgresSinkFactory().open(
                settings(("table", .string("held")), ("connect_timeout", .duration(.seconds(500)))),
                witness.context(schema, key: ["id"], clock: FastClock()))
            try sink.write(rows(0..<10))
            server.control("stop -m immediate")
            defer { server.control("start") }
            witness.stop()
            try sink.commitEpoch()
            #expect(sink.counts.held == 10)
            #expect(witness.faults.map(\.code) == ["postgres.lost"])
            server.control("start")
            try sink.commitEpoch()
            #expect(sink.counts.held == 0)
            sink.close()
            #expect(try server.query("SELECT count(*) FROM held") == ["10"])
        }

        @Test("two writers of the same rows in opposite orders do not deadlock")
        func ordered() throws {
            let names = settings(("table", .string("ordered")))
            let sinks = try (0..<2).map { try openSink(names, schema, key: ["id"], Witness(), name: "ordered \($0)") }
            for round in 0..<3 {
                let all = (0..<2_000).map { [Cell.integer($0), .integer(Int64(round))] }
                try sinks[0].write(batch(schema, all))
                try sinks[1].write(batch(schema, all.reversed()))
                for sink in sinks { try sink.commitEpoch() }
            }
            for sink in sinks { sink.close() }
            #expect(try server.query("SELECT count(*), min(n) FROM ordered") == ["2000|2"])
        }
    }
}
