import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Testing

extension PostgresSuite {
    @Suite("Types")
    struct TypeTests {
        let server = PrivatePostgres.shared

        @Test("every type comes back from SQL as it was, nulls too")
        func roundTrip() throws {
            let schema = Schema([
                Field("id", .int64), Field("b", .bool, isNullable: true), Field("i", .int64, isNullable: true),
                Field("f", .float64, isNullable: true), Field("s", .string, isNullable: true),
                Field("y", .bytes, isNullable: true), Field("t", .timestamp, isNullable: true),
                Field("tags", .list(.string), isNullable: true), Field("ns", .list(.int64)),
                Field("ts", .list(.timestamp)), Field("bs", .list(.bool)), Field("fs", .list(.float64)),
                Field("ys", .list(.bytes)),
                Field(
                    "author", .struct([Field("id", .string), Field("likes", .int64, isNullable: true)]),
                    isNullable: true),
                Field("lists", .list(.list(.int64))),
            ])
            let sink = try openSink(settings(("table", .string("types"))), schema, key: ["id"], Witness())
            let quote = "q\" b\\ n\n é 🐦 \u{1}"
            try sink.write(
                batch(
                    schema,
                    [
                        [
                            1, true, .integer(.max), 0.1, "é 🐦 'x' \\ \"y\"", .bytes([0, 255, 10]),
                            1_767_225_600_123_456,
                            ["a,b", "", "🐦"], [1, -2], [0], [true, false], [0.5, .number(-.infinity)],
                            [.bytes([0]), .bytes([])], [.text(quote), 5], [[1, 2], []],
                        ],
                        [
                            2, false, .integer(.min), .number(.infinity), "", .bytes([]),
                            .integer(-211_813_488_000_000_000 + 946_684_800_000_000), [], [], [], [], [], [],
                            ["x", nil], [],
                        ],
                        [3, nil, nil, nil, nil, nil, nil, nil, [], [], [], [], [], nil, []],
                        [
                            4, true, 0, .number(.nan), "x", .bytes([1]), .integer(.max), ["x"], [0], [0], [true], [1.0],
                            [], ["x", 1], [[]],
                        ],
                    ]))
            try sink.commitEpoch()
            sink.close()
            #expect(sink.counts.committed == 4)
            #expect(
                try server.query("SELECT id, b, i, f, s, y, t FROM types ORDER BY 1") == [
                    "1|t|9223372036854775807|0.1|é 🐦 'x' \\ \"y\"|\\x00ff0a|2026-01-01 00:00:00.123456+00",
                    "2|f|-9223372036854775808|Infinity||\\x|4714-11-24 00:00:00+00 BC",
                    "3|~|~|~|~|~|~", "4|t|0|NaN|x|\\x01|294247-01-10 04:00:54.775807+00",
                ])
            #expect(
                try server.query("SELECT tags, ns, ts, bs, fs, ys, lists FROM types WHERE id IN (1, 2, 3) ORDER BY id")
                    == [
                        "{\"a,b\",\"\",🐦}|{1,-2}|{\"1970-01-01 00:00:00+00\"}|{t,f}|{0.5,-Infinity}|{\"\\\\x00\",\"\\\\x\"}|[[1, 2], []]",
                        "{}|{}|{}|{}|{}|{}|[]", "~|{}|{}|{}|{}|{}|[]",
                    ])
            let same = try server.connect().execute(
                "SELECT author->>'id' = $1, author->'likes' FROM types WHERE id = 1", [quote])
            #expect(same.rows == [["t", "5"]])
            #expect(
                try server.query("SELECT author FROM types WHERE id IN (2, 3) ORDER BY id") == [
                    "{\"id\": \"x\", \"likes\": null}", "~",
                ])
        }

        @Test("text with U+0000 and times before the calendar are parked alone, with the row as JSON")
        func unstorable() throws {
            let schema = Schema([
                Field("id", .int64), Field("s", .string), Field("t", .timestamp), Field("tags", .list(.string)),
                Field("o", .struct([Field("x", .string)])),
            ])
            let witness = Witness()
            let sink = try openSink(settings(("table", .string("unstorable"))), schema, key: ["id"], witness)
            try sink.write(
                batch(
                    schema,
                    [
                        [1, "a\0b", 0, [], ["x"]], [2, "fine", 0, ["y"], ["x"]], [3, "x", .integer(.min), [], ["x"]],
                        [4, "x", 0, ["ok", "\0"], ["x"]], [5, "x", 0, [], ["\0"]], [6, "fine", 0, [], ["x"]],
                    ]))
            try sink.commitEpoch()
            sink.close()
            #expect(try server.query("SELECT id FROM unstorable ORDER BY 1") == ["2", "6"])
            #expect(sink.counts.parked == 4)
            #expect(sink.counts.committed == 2)
            #expect(
                witness.letters.map(\.code) == [
                    "postgres.text_zero", "postgres.timestamp_range", "postgres.text_zero", "postgres.text_zero",
                ])
            #expect(
                witness.letters.first?.bytes.map { String(decoding: $0, as: UTF8.self) }
                    == "{\"id\":1,\"s\":\"a\\u0000b\",\"t\":\"1970-01-01T00:00:00Z\",\"tags\":[],\"o\":{\"x\":\"x\"}}")
        }

        @Test("an existing table may hold wider, narrower and JSON types; what does not fit is parked")
        func compatible() throws {
            _ = try server.query(
                """
                CREATE DOMAIN short AS varchar(3);
                CREATE TABLE compatible (id numeric(30) UNIQUE, i integer, s short, tags jsonb, o json,
                    made timestamptz DEFAULT now(), note text)
                """)
            let schema = Schema([
                Field("id", .int64), Field("i", .int64), Field("s", .string), Field("tags", .list(.string)),
                Field("o", .struct([Field("x", .float64)])),
            ])
            let witness = Witness()
            let sink = try openSink(settings(("table", .string("compatible"))), schema, key: ["id"], witness)
            try sink.write(
                batch(
                    schema,
                    [
                        [1, 7, "abc", ["t"], [1.5]], [2, 3_000_000_000, "abc", [], [1e300]], [3, 7, "abcd", [], [0.0]],
                        [4, 7, "abc", [], [.number(.nan)]],
                    ]))
            try sink.commitEpoch()
            sink.close()
            #expect(
                try server.query("SELECT id, i, s, tags, o FROM compatible ORDER BY id") == [
                    "1|7|abc|[\"t\"]|{\"x\": 1.5}", "4|7|abc|[]|{\"x\": null}",
                ])
            #expect(
                witness.letters.map(\.reason) == [
                    "integer out of range (SQLSTATE 22003)",
                    "value too long for type character varying(3) (SQLSTATE 22001)",
                ])
        }

        @Test("many rows of one commit arrive exactly, in and out of order")
        func many() throws {
            let schema = Schema([Field("k", .string, isNullable: true), Field("n", .int64), Field("v", .float64)])
            let sink = try openSink(settings(("table", .string("many"))), schema, key: ["k", "n"], Witness())
            var random = RandomSource(seed: 3)
            var expected: [String: Double] = [:]
            for _ in 0..<20 {
                let rows: [[Cell]] = (0..<1_000).map { _ in
                    let key = random.below(6) == 0 ? nil : String(repeating: "k\u{1}é", count: random.below(9))
                    let number = Int64(random.below(300)) - 150
                    let value = random.unit()
                    expected["\(key ?? "~")|\(number)"] = value
                    return [key.map { .text($0) } ?? .null, .integer(number), .number(value)]
                }
                try sink.write(batch(schema, rows))
            }
            try sink.commitEpoch()
            sink.close()
            let found = try server.query("SELECT k, n, v FROM many")
            #expect(Set(found) == Set(expected.map { "\($0.key)|\($0.value)" }))
            #expect(found.count == expected.count)
        }
    }
}
