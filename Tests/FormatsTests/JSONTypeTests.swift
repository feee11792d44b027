import Columnar
import Dataflow
import Testing

@testable import Formats

@Suite("Types of JSON values")
struct JSONTypeTests {
    private func value(_ type: DataType, _ json: String, isNullable: Bool = false) throws -> String {
        let found = try decode([Field("v", type, isNullable: isNullable)], ["{\"v\":\(json)}"])
        return found.rows.first ?? found.codes[0]
    }

    @Test("integers of 64 bits are exact, and nothing else is an integer")
    func integers() throws {
        for (json, expected) in [
            ("9223372036854775807", #"{"v":9223372036854775807}"#),
            ("-9223372036854775808", #"{"v":-9223372036854775808}"#),
            ("9007199254740993", #"{"v":9007199254740993}"#), ("1.0", #"{"v":1}"#), ("1e3", #"{"v":1000}"#),
            ("-0", #"{"v":0}"#), ("9223372036854775808", "json.range"), ("-9223372036854775809", "json.range"),
            ("1e30", "json.range"), ("0.5", "json.type"), ("\"1\"", "json.type"), ("true", "json.type"),
            ("[1]", "json.type"), ("{}", "json.type"), ("null", "json.missing"), ("01", "json.syntax"),
        ] {
            #expect(try value(.int64, json) == expected, "\(json)")
        }
    }

    @Test("floats, booleans and strings")
    func others() throws {
        #expect(try value(.float64, "0.1") == #"{"v":0.1}"#)
        #expect(try value(.float64, "123456789012345678") == #"{"v":1.2345678901234568e+17}"#)
        #expect(["json.range", "json.syntax"].contains(try value(.float64, "1e999")))
        #expect(try value(.bool, "true") == #"{"v":true}"#)
        #expect(try value(.bool, "1") == "json.type")
        #expect(try value(.string, #""a\u00e9\ud83d\ude00\n\"""#) == #"{"v":"aé😀\n\""}"#)
        #expect(try value(.string, #""\ud83d""#) == "json.syntax")
        #expect(try value(.string, "5") == "json.type")
    }

    @Test("absent and null are the same: null where it may be, the default where there is one, else a dead letter")
    func absence() throws {
        let nullable = try decode([Field("v", .string, isNullable: true)], ["{}", #"{"v":null}"#, #"{"v":""}"#])
        #expect(nullable.rows == [#"{"v":null}"#, #"{"v":null}"#, #"{"v":""}"#])
        let required = try decode([Field("v", .string)], ["{}", #"{"v":null}"#, #"{"v":""}"#])
        #expect(required.rows == [#"{"v":""}"#] && required.codes == ["json.missing", "json.missing"])
        #expect(required.rejected.map(\.offset) == [0, 1])
        #expect(required.reasons.allSatisfy { $0.contains("v") })
    }

    @Test("of a key that comes twice the last counts, also when it is another type before")
    func repeated() throws {
        #expect(try decode([Field("v", .int64)], [#"{"v":1,"v":2}"#]).rows == [#"{"v":2}"#])
    }

    @Test("lists and objects, nested")
    func nested() throws {
        let fields = [
            Field("a", .struct([Field("b", .struct([Field("c", .int64, isNullable: true)]), isNullable: true)])),
            Field("l", .list(.string)),
        ]
        let found = try decode(
            fields,
            [
                #"{"l":["x","y"],"a":{"b":{"c":1}}}"#, #"{"a":{"b":null},"l":[]}"#,
                #"{"a":{},"l":["z"],"more":[{"a":[]}]}"#,
                #"{"a":5,"l":[]}"#, #"{"a":{},"l":[1]}"#, #"{"a":{},"l":"x"}"#,
            ])
        #expect(found.rows.count == 3 && found.codes == ["json.type", "json.type", "json.type"])
        #expect(found.rows[0] == #"{"a":{"b":{"c":1}},"l":["x","y"]}"#)
        #expect(found.rejected.map(\.offset) == [3, 4, 5])
    }

    @Test("a tombstone and a record above the limit are dead letters, and their neighbours pass")
    func records() throws {
        let decoder = try JSONColumnDecoder(
            schema: Schema([Field("v", .int64)]), eventTime: .transport, recordBytesMax: 32)
        let long = Array("{\"v\":2,\"x\":\"\(String(repeating: "y", count: 40))\"}".utf8)
        let found = decoder.decode(
            rawRecords([Array(#"{"v":1}"#.utf8), nil, long, Array(#"{"v":3}"#.utf8)], timestamp: 0))
        #expect(found.rows == [#"{"v":1}"#, #"{"v":3}"#] && found.codes == ["json.null_payload", "json.too_large"])
        #expect(found.rejected[0].bytes == nil && found.rejected[1].bytes == long)
        #expect(found.rejected.map(\.partition) == [3, 3] && found.rejected.map(\.origin) == ["topic", "topic"])
    }

    @Test("times: RFC 3339 with any offset and precision, numbers of the mapped unit")
    func times() throws {
        func time(_ json: String, _ unit: FieldDecoding.TimeUnit? = nil) throws -> String {
            var origin = try origin("v")
            origin.timeUnit = unit
            let decoder = try decoder([Field("v", .timestamp)], ["v": origin], eventTime: .column("v"))
            let found = decoder.decode(rawRecords(["{\"v\":\(json)}"]))
            #expect(
                found.times.count + found.codes.count { ["json.type", "json.event_time", "json.range"].contains($0) }
                    == 1)
            return found.times.first.map(String.init) ?? "refused"
        }
        for (json, expected) in [
            (#""2026-11-23T12:00:00Z""#, "1795435200000000"), (#""2026-11-23T12:00:00.5Z""#, "1795435200500000"),
            (#""2026-11-23T14:00:00.123456+02:00""#, "1795435200123456"),
            (#""2026-11-23t12:00:00z""#, "1795435200000000"),
            (#""2024-02-29T00:00:00Z""#, "1709164800000000"), (#""2023-02-29T00:00:00Z""#, "refused"),
            (#""2026-13-01T00:00:00Z""#, "refused"), (#""yesterday""#, "refused"),
            (#""2026-11-23""#, "refused"), ("true", "refused"), ("null", "refused"),
        ] {
            #expect(try time(json) == expected, "\(json)")
        }
        #expect(try time("1795435200", .seconds) == "1795435200000000")
        #expect(try time("1795435200000", .milliseconds) == "1795435200000000")
        #expect(try time("1795435200000000", .microseconds) == "1795435200000000")
        #expect(try time("1795435200.25", .seconds) == "1795435200250000")
        #expect(try time("9e30", .seconds) == "refused")
    }
}
