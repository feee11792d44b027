import Primitives
import Testing

@testable import Pipelines

/// A bad file, made from the good one by one replacement, with all that must be said of it.
struct BadFile: Sendable, CustomTestStringConvertible {
    var was: String
    var becomes: String
    var faults: [String]

    init(_ was: String, _ becomes: String, _ faults: String...) {
        self.was = was
        self.becomes = becomes
        self.faults = faults
    }

    var testDescription: String { "\(was) → \(becomes)" }

    static let all: [BadFile] = [
        // The file's own keys.
        BadFile("pipeline: brand-listening", "pipelin: brand", "1:1 file.unknown_key!"),
        BadFile("pipeline: brand-listening", "pipeline: Brand", "1:11 file.name!"),
        BadFile("pipeline: brand-listening", "pipeline:", "1:1 file.missing_key!"),
        BadFile("pipeline: brand-listening", "pipeline: [a]", "1:11 file.type!"),
        BadFile("checkpoint: { interval: 10s }", "checkpoint: { interval: 10 }", "36:25 file.type!"),
        BadFile("checkpoint: { interval: 10s }", "checkpoint: { interval: 1ms }", "36:25 file.range!"),
        BadFile("checkpoint: { interval: 10s }", "checkpoint: fast", "36:13 file.type!"),
        BadFile("disk: 20GiB", "disk: 20GB", "37:34 file.type!"),
        BadFile("checkpoint: {", "checkpiont: {", "36:1 file.unknown_key!"),
        BadFile("description: What", "x-spare: { a: b }\ndescription: What"),
        // Sources.
        BadFile("    kafka:\n      brokers", "    kafak:\n      brokers", "6:5 file.unknown_key!"),
        BadFile("      brokers: ${KAFKA_BROKERS}\n", "", "7:7 file.missing_key!"),
        BadFile("topics: [social.mentions]", "topics: social.mentions", "8:15 file.type!"),
        BadFile("topics: [social.mentions]", "topics: [[a]]", "8:16 file.type!"),
        BadFile("start: earliest", "start: erliest", "9:14 file.type!"),
        BadFile("start: earliest", "start: 5"),
        BadFile("start: earliest", "start: -5", "9:14 file.type!"),
        BadFile("security.protocol: SASL_SSL", "bogus: SASL_SSL", "10:28 kafka.property_invalid!"),
        BadFile("format: json", "format: jsno", "11:13 file.unknown_format!"),
        BadFile("format: json", "format: { avro: { registry: yes } }", "11:33 file.type!"),
        BadFile("format: json", "format: { avro: { registry: true } }"),
        BadFile("format: json", "format: { avro: {}, json: {} }", "11:25 file.several_components!"),
        BadFile("format: json", "format: {}", "11:5 file.missing_component!"),
        BadFile("../schemas/mention.avsc", "../schemas/menton.avsc", "12:13 schema.unreadable!"),
        BadFile("    schema: ../schemas/mention.avsc\n", "", "5:3 schema.missing!"),
        BadFile("column: created_at", "column: created", "13:27 schema.column_missing!"),
        BadFile("column: created_at", "column: lang", "13:27 schema.event_time_type!"),
        BadFile("column: created_at", "colum: created_at", "13:19 file.unknown_key!"),
        BadFile("delay: 5s", "delay: -5s", "13:46 file.type!"),
        BadFile("delay: 5s", "delay: 999999d", "13:46 file.type!"),
        BadFile("on_error: dead_letter", "on_error: dead_leter", "14:15 file.choice!"),
        BadFile("on_error: dead_letter", "file: { path: x }", "14:5 file.several_components!"),
        // Operators.
        BadFile("dedupe: {", "dedup: {", "17:30 file.unknown_key!"),
        BadFile("within: 24h", "witin: 24h", "17:60 file.unknown_key!"),
        BadFile("within: 24h", "within: 1 day", "17:68 file.type!"),
        BadFile("within: 24h", "keys: 0", "17:66 file.range!"),
        BadFile("within: 24h", "keys: 012"),
        BadFile("by: [platform, id]", "by: [platform, idd]", "17:55 schema.column_missing!"),
        BadFile("by: [platform, id], ", "", "17:38 file.missing_key!"),
        BadFile("lang == \"en\"", "lnag == \"en\"", "18:36 schema.column_missing!"),
        BadFile("'lang == \"en\"'", "'\"it''s\" == lnag'", "18:48 schema.column_missing!"),
        BadFile("'lang == \"en\"'", "\"\\\"a\\\" == lnag\"", "18:46 schema.column_missing!"),
        BadFile("'lang == \"en\"'", "\"\\u0041 == lnag\"", "18:36 schema.column_missing!"),
        BadFile("'lang == \"en\"'", "\"${NO_SUCH:-lnag}\"", "18:36 schema.column_missing!"),
        BadFile("'lang == \"en\"'", "${NO_SUCH:-lnag}", "18:37 file.syntax!"),
        BadFile("filter: 'lang == \"en\"'", "filter: {}", "18:36 file.type!"),
        BadFile("filter: 'lang == \"en\"'", "filter:", "18:36 file.type!"),
        BadFile("avg(sentiment_score)", "avg(sentiment_scor)", "27:24 schema.column_missing!"),
        BadFile("avg(sentiment_score)", "|\n            avg(sentiment_scor)", "27:20 schema.column_missing!"),
        BadFile("count()", "[count()]", "26:19 file.type!"),
        BadFile("tumbling: 1m", "tumblin: 1m", "23:17 file.unknown_key!"),
        BadFile("from: unique, filter", "from: uniqe, filter", "17:3 graph.unused", "18:20 graph.unknown_stream!"),
        BadFile("from: unique, filter", "from: [unique, mentions], filter", "18:20 graph.inputs!"),
        BadFile("from: unique, filter", "from: [], filter", "17:3 graph.unused", "18:20 file.missing_key!"),
        BadFile(
            "from: unique, filter", "from: dead_letters, filter", "17:3 graph.unused", "18:20 graph.implicit_stream!"),
        BadFile("from: unique, filter", "from: rollups, filter", "17:3 graph.unused", "18:20 graph.unknown_stream!"),
        BadFile("from: unique, filter", "filter", "17:3 graph.unused", "18:3 file.missing_key!"),
        BadFile("from: mentions, dedupe", "from: scored, dedupe", "5:3 graph.unused", "18:20 graph.cycle!"),
        BadFile("from: mentions, dedupe", "from: unique, dedupe", "5:3 graph.unused", "17:20 graph.cycle!"),
        BadFile("english: {", "Eng lish: {", "17:3 graph.unused", "18:3 file.name!", "19:20 graph.unknown_stream!"),
        BadFile("english: {", "mentions: {", "18:3 graph.duplicate_name!", "19:20 graph.unknown_stream!"),
        BadFile(
            "english: {", "late: {", "18:3 graph.reserved_name!", "18:3 graph.unused", "19:20 graph.unknown_stream!"),
        // Sinks.
        BadFile("table: brand_rollup_1m", "tabel: x", "33:66 file.unknown_key!"),
        BadFile("table: brand_rollup_1m", "table: no"),
        BadFile("url: \"${DATABASE_URL}\"", "url: somewhere", "33:47 sink.url!"),
        BadFile("from: dead_letters", "from: dead_leters", "34:20 graph.unknown_stream!"),
        BadFile("from: dead_letters", "from: [dead_letters]", "34:20 file.type!"),
        BadFile("from: dead_letters", "from: late"),
        BadFile("rejects: {", "\"rejects\": {"),
        // YAML.
        BadFile("description: What", "pipeline: twice\ndescription: What", "2:1 file.duplicate_key!"),
        BadFile(
            "topics: [social.mentions]", "topics: [a]\n      topics: [b]\n      topics: [c]", "9:7 file.duplicate_key!",
            "10:7 file.duplicate_key!"),
        BadFile("description: What", "? [a]\n: b\ndescription: What", "2:3 file.key!"),
        BadFile("description: What", "description: !!str What", "2:14 file.tag!"),
        BadFile("description: What", "description: *what", "2:14 file.alias!"),
        BadFile("topics: [social", "topics: [social: [", "9:7 file.syntax!"),
        BadFile("description: What", "description: What: ", "2:18 file.syntax!"),
        BadFile("description: What", "description: \u{7}What", "2:14 file.encoding!"),
        BadFile("description: What", "---\ndescription: What", "2:1 file.syntax!"),
        BadFile("description: What", "\tdescription: What", "2:1 file.syntax!"),
        // Variables.
        BadFile("description: What", "description: ${NOPE}", "2:14 env.undefined!"),
        BadFile("description: What", "description: ${NOPE:-x}"),
        BadFile("description: What", "description: ${TWO_LINES}", "2:14 env.newline!"),
        BadFile("description: What", "description: ${NOPE", "2:14 env.syntax!"),
        BadFile("description: What", "description: ${1NOPE}", "2:14 env.syntax!"),
        BadFile("description: What", "description: ${NOPE:x}", "2:14 env.syntax!"),
        BadFile("description: What", "description: $$ and $x and $"),
    ]
}

@Suite("Faults of a file")
struct FaultTests {
    @Test("each bad file gives exactly these faults at these places", arguments: BadFile.all)
    func golden(_ bad: BadFile) throws {
        #expect(validFile.contains(bad.was))
        let result = check(validFile.replacing(bad.was, with: bad.becomes, maxReplacements: 1))
        #expect(places(result) == bad.faults)
        #expect((result.plan == nil) == result.hasErrors)
    }

    @Test("several faults are told at once, sorted by place")
    func together() {
        var text = validFile
        for (was, becomes) in [
            ("start: earliest", "start: erliest"), ("format: json", "format: jsno"), ("from: scored", "from: scord"),
            ("within: 24h", "within: soon"), ("column: created_at, delay: 5s", "column: created_at, delay: 5"),
            ("table: brand_rollup_1m", "table: [x]"), ("memory: 1GiB", "memory: lots"),
        ] {
            text = text.replacing(was, with: becomes)
        }
        #expect(
            places(check(text)) == [
                "9:14 file.type!", "11:13 file.unknown_format!", "13:46 file.type!", "17:68 file.type!",
                "19:3 graph.unused", "21:11 graph.unknown_stream!", "33:73 file.type!", "37:22 file.type!",
            ])
    }

    @Test("a variable without a value is one fault, and no error where the file is only looked at")
    func undefined() {
        func look(_ text: String, _ severity: Diagnostic.Severity) -> PipelineCheck {
            PipelineCheck.text(
                text, path: "pipelines/x.yaml", catalogue: fakeCatalogue, environment: [:], undefined: severity)
        }
        let required = look(validFile, .error)
        #expect(Set(required.diagnostics.map(\.code)) == ["env.undefined"] && required.plan == nil)
        let open = look(validFile, .warning)
        #expect(open.diagnostics.count == required.diagnostics.count && !open.hasErrors && open.plan != nil)
        // Without it there is no graph to look at.
        let needed = look(validFile.replacing("within: 24h", with: "within: \"${HORIZON}\""), .warning)
        #expect(needed.hasErrors && needed.plan == nil)
        #expect(Set(needed.diagnostics.map(\.code)) == ["env.undefined"])
    }

    @Test("hints name what was probably meant")
    func hints() {
        func hint(_ was: String, _ becomes: String) -> String? {
            check(validFile.replacing(was, with: becomes)).diagnostics.first { $0.severity == .error }?.hint
        }
        #expect(hint("tumbling: 1m", "tumblin: 1m") == "did you mean `tumbling`?")
        #expect(hint("from: by_brand", "from: by_brnd") == "did you mean `by_brand`?")
        #expect(hint("dedupe: {", "dedup: {") == "did you mean `dedupe`?")
        #expect(hint("on_error: dead_letter", "on_error: skp") == "did you mean `skip`?")
        #expect(hint("topics: [social.mentions]", "topics: social.mentions") == "write `[social.mentions]`")
        #expect(
            hint("description: What", "description: ${DATABASE_UR}")?.hasPrefix("did you mean `DATABASE_URL`?") == true)
        #expect(hint("columns:\n", "colums:\n") == "did you mean `columns`?")
    }

    @Test("an unreadable path, an empty file, bytes that are no text and a list are faults at the start")
    func roots() {
        func first(_ bytes: [UInt8]) -> String? {
            let result = PipelineCheck.bytes(bytes, path: "x.yaml", catalogue: fakeCatalogue, environment: [:])
            return places(result).first
        }
        let missing = PipelineCheck.file("/nonexistent/x.yaml", catalogue: fakeCatalogue, environment: [:])
        #expect(places(missing) == ["1:1 file.unreadable!"])
        #expect(first([]) == "1:1 file.empty!")
        #expect(first(Array("# nothing\n".utf8)) == "1:1 file.empty!")
        #expect(first([0xFF, 0xFE]) == "1:1 file.encoding!")
        #expect(first(Array("a: b\nc: \u{1}".utf8)) == "2:4 file.encoding!")
        #expect(first(Array("- a\n".utf8)) == "1:1 file.type!")
        #expect(first(Array("word".utf8)) == "1:1 file.type!")
        #expect(first(Array(repeating: 0x20, count: (1 << 20) + 1)) == "1:1 file.too_large!")
        let marked = [0xEF, 0xBB, 0xBF] + Array(validFile.utf8)
        let result = PipelineCheck.bytes(
            marked, path: "x.yaml", catalogue: fakeCatalogue, environment: fakeEnvironment)
        #expect(result.diagnostics == [])
    }

    @Test("the text form has the line, a caret under the place, and the hint")
    func text() {
        let result = check(validFile.replacing("tumbling: 1m", with: "tumblin: 1m"))
        #expect(
            DiagnosticRenderer.text(result.diagnostics) == """
                pipelines/x.yaml:23:17: error: unknown key `tumblin` [file.unknown_key]
                  23 |       window: { tumblin: 1m, lateness: 2m }
                     |                 ^
                    hint: did you mean `tumbling`?

                """)
    }

    @Test("the machine form is JSON with every field")
    func json() {
        let result = check(validFile.replacing("tumbling: 1m", with: "tumb\\ling: 1m"))
        #expect(
            DiagnosticRenderer.json(result.diagnostics) == """
                [
                  {
                    "file": "pipelines/x.yaml",
                    "line": 23,
                    "column": 17,
                    "severity": "error",
                    "code": "file.unknown_key",
                    "message": "unknown key `tumb\\\\ling`",
                    "hint": "did you mean `tumbling`?"
                  }
                ]

                """)
    }
}
