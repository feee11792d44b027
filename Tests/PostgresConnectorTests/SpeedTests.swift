import Columnar
import Dataflow
import Foundation
import PostgresConnector
import Primitives
import Testing

extension PostgresSuite {
    /// Reports, does not judge: `MARTLET_BENCH=1 swift test -c release --filter SpeedTests`.
    @Suite(
        "Speed", .enabled(if: ProcessInfo.processInfo.environment["MARTLET_BENCH"] != nil, "MARTLET_BENCH is not set"))
    struct SpeedTests {
        let server = PrivatePostgres.shared
        let schema = Schema([
            Field("brand", .string), Field("platform", .string), Field("window_start", .timestamp),
            Field("mentions", .int64), Field("sentiment", .float64), Field("authors", .int64),
            Field("likes_p95", .float64),
        ])

        private func batches(_ round: Int64) -> [RecordBatch] {
            var random = RandomSource(seed: 11)
            let start: Int64 = 1_767_225_600_000_000
            var numbers = Array(0..<300_000)
            numbers.shuffle(using: &random)
            return stride(from: 0, to: numbers.count, by: 4_096).map { first in
                let rows: [[Cell]] = numbers[first..<min(first + 4_096, numbers.count)].map { number in
                    let brand = number % 1_000
                    let platform = ["twitter", "instagram", "tiktok", "reddit", "youtube"][number / 1_000 % 5]
                    let window = Int64(number / 5_000)
                    return [
                        .text("brand-\(brand)"), .text(platform), .integer(start + window * 60_000_000),
                        .integer(Int64(number) + round), .number(Double(number) / 7 + Double(round)), .integer(round),
                        .number(3.5),
                    ]
                }
                return batch(schema, rows)
            }
        }

        @Test("300,000 rows of a rollup: inserted, changed, written again unchanged")
        func upsert() throws {
            let clock = SystemClock()
            _ = try server.query("ALTER ROLE martlet SET log_min_duration_statement = 0")
            defer { _ = try? server.query("ALTER ROLE martlet RESET log_min_duration_statement") }
            let sink = try openSink(
                settings(("table", .string("speed"))), schema, key: ["brand", "platform", "window_start"], Witness())
            let rounds = [(0, "inserted"), (1, "changed"), (1, "unchanged"), (2, "changed"), (3, "changed")]
            for (epoch, (round, name)) in rounds.enumerated() {
                let rows = batches(Int64(round))
                let start = clock.monotonicNanoseconds()
                for batch in rows { try sink.write(batch) }
                let written = clock.monotonicNanoseconds()
                let snapshot = try sink.prepare(epoch: Int64(epoch + 1))
                let prepared = clock.monotonicNanoseconds()
                #expect(snapshot.rows.reduce(0) { $0 + $1.rowCount } == 300_000)
                try sink.commit(epoch: Int64(epoch + 1))
                let end = clock.monotonicNanoseconds()
                let seconds = Double(end - start) / 1e9
                print(
                    "SPEED \(name): \(Int(300_000 / seconds)) rows/s, write \((written - start) / 1_000_000) ms, "
                        + "prepare \((prepared - written) / 1_000_000) ms, commit \((end - prepared) / 1_000_000) ms")
            }
            sink.close()
            let log = try server.query(
                "SELECT regexp_replace(line, '\\s+', ' ', 'g') FROM regexp_split_to_table(pg_read_file("
                    + "current_setting('data_directory') || '/../server.log'), '\\n') AS line WHERE line LIKE '%duration%'"
            )
            for line in log where !line.contains("regexp") {
                print("SPEED server", line.suffix(line.utf8.count - 40).prefix(110))
            }
            #expect(sink.counts.committed == 1_500_000)
            #expect(try server.query("SELECT count(*), sum(authors) FROM speed") == ["300000|900000"])
        }
    }
}
