import Dataflow
import Primitives
import Testing

@testable import Pipelines

/// Reads YAML alone.
private func tree(_ text: String, environment: [String: String] = [:]) -> (
    root: FileNode?, findings: Findings, redactor: Redactor
) {
    let findings = Findings()
    let file = PipelineFile.parse(
        Array(text.utf8), path: "x.yaml", Variables(environment: environment), overrides: [], findings)
    return (file.root, findings, file.redactor)
}

private func codes(_ text: String) -> [String] { tree(text).findings.all.map(\.fault.code) }

@Suite("Reading YAML")
struct ReadingTests {
    @Test("aliases are spelt out, merged maps give what is not said")
    func aliases() throws {
        let text = """
            x-base: &base { brokers: b, topics: [a, b] }
            one: *base
            two: { <<: *base, brokers: c }
            three: "*base and &base"
            four: [*base, *base]
            """
        let (root, findings, _) = tree(text)
        #expect(findings.all.isEmpty)
        #expect(root?["one"]?.value["brokers"]?.value.scalar?.text == "b")
        let two = try #require(root?["two"]?.value)
        #expect(two.map?.map(\.key) == ["brokers", "topics"])
        #expect(two["brokers"]?.value.scalar?.text == "c")
        #expect(root?["three"]?.value.scalar?.text == "*base and &base")
        #expect(root?["four"]?.value.list?.count == 2)
        #expect(root?["one"]?.value.place == root?["x-base"]?.value.place)
    }

    @Test(
        "a file of aliases of aliases is refused before it takes memory or time",
        arguments: [
            // As values, as keys and as elements of keys: each level is nine times the one before.
            "%: &% [$,$,$,$,$,$,$,$,$]", "? &% [$,$,$,$,$,$,$,$,$]\n: %", "? [&% [$,$,$,$,$,$,$,$,$]]\n: %",
            "%: &% {a: $, b: $, c: $, d: $, e: $, f: $, g: $}",
        ])
    func bombs(_ line: String) {
        var text = "l0: &l0 [a,a,a,a,a,a,a,a,a]\n"
        for level in 1...14 {
            text += line.replacing("%", with: "l\(level)").replacing("$", with: "*l\(level - 1)") + "\n"
        }
        text += "? *l14\n: x\n? [*l14, *l14]\n: y\n"
        #expect(!codes(text).isEmpty)
    }

    @Test("an alias of what holds it, of nothing, or with something behind it is a fault")
    func brokenAliases() {
        #expect(codes("a: &a [*a]") == ["file.alias"])
        #expect(codes("a: *b") == ["file.alias"])
        #expect(codes("b: &b 1\na: *b c") == ["file.alias"])
        #expect(codes("b: &b 1\n*b : c") == ["file.key"])
    }

    @Test("depth has a limit, in flow and in block style")
    func depth() {
        let open = String(repeating: "[", count: 65)
        let close = String(repeating: "]", count: 65)
        #expect(codes("a: " + open + close) == ["file.depth"])
        #expect(
            codes("a: " + String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)) == ["file.depth"]
        )
        #expect(codes(String(repeating: "- ", count: 400_000) + "x") == ["file.depth"])
        #expect(codes("a: " + String(open.dropFirst(2)) + String(close.dropFirst(2))) == [])
        #expect(!codes(String(repeating: "{", count: 100_000)).isEmpty)
    }

    @Test("many repeated keys are all told, each where it stands again")
    func repeated() {
        let text = (0..<30).map { "key\($0): {a: 1, a: 2}\nkey\($0): 3\n" }.joined()
        let findings = tree(text).findings
        #expect(findings.all.count == 60)
        #expect(Set(findings.all.map(\.fault.code)) == ["file.duplicate_key"])
        #expect(codes("\"\": 1\n\"\": 2") == ["file.duplicate_key"])
        #expect(codes("1: a\n\"1\": b") == ["file.duplicate_key"])
    }

    @Test("anchors, quotes and blocks keep their places")
    func placing() {
        let text = "a: &x \"q\"\nb: |\n  text\nc:   'é' \nd: é\n"
        let (root, _, _) = tree(text)
        let source = SourceText(name: "", bytes: Array(text.utf8))
        let found = root?.map?.map { entry in
            let (line, column) = source.lineAndColumn(of: entry.value.place.offset)
            return "\(entry.key) \(line):\(column)"
        }
        #expect(found == ["a 1:7", "b 2:4", "c 4:6", "d 5:4"])
        #expect(source.line(4) == "c:   'é' ")
        #expect(source.offset(line: 5, column: 4) == text.utf8.count - 3)
        #expect(source.lineAndColumn(of: 10_000) == (6, 1))
    }

    @Test("variables are filled after YAML is read, so their values cannot be structure")
    func variables() {
        let environment = ["A": "x: [y", "B": "", "C": "*c &d !e #f"]
        func text(_ yaml: String) -> String? {
            tree("v: " + yaml, environment: environment).root?["v"]?.value.scalar?.text
        }
        #expect(text("${A}") == "x: [y")
        #expect(text("'pre ${A} post'") == "pre x: [y post")
        #expect(text("${C}") == "*c &d !e #f")
        #expect(text("${B:-fallback}") == "fallback")
        #expect(text("${B}") == "")
        #expect(text("${NOPE:-}") == "")
        #expect(text("\"${NOPE:-a b}${A}\"") == "a bx: [y")
        #expect(text("$$") == "$")
        #expect(text("$${A}") == "${A}")
        #expect(text("$A") == "$A")
        let keys = tree("${A}: b", environment: environment).root?.map?.map(\.key)
        #expect(keys == ["${A}"])
    }

    @Test("YAML 1.1's words are what their place asks for")
    func words() throws {
        let text = """
            pipeline: no
            sources: { on: { file: { path: off, rate: 1e3, follow: false, buffer: 64KiB }, schema: mention.avsc } }
            sinks: { yes: { from: on, kafka: { brokers: 0x10, topic: 12:30:00, properties: { a: yes, b: true, c: "5", d: 5 } } } }
            """
        let plan = try #require(check(text).plan)
        #expect(plan.name == "no")
        guard case .source(let source) = plan.nodes[0].work, case .sink(let sink) = plan.nodes[1].work else {
            return #expect(Bool(false))
        }
        #expect(source.settings["path"]?.string == "off")
        #expect(source.settings["rate"]?.number == 1_000)
        #expect(source.settings["follow"]?.bool == false)
        #expect(source.settings["buffer"]?.byteSize == 65_536)
        #expect(sink.settings["topic"]?.string == "12:30:00")
        #expect(sink.settings["brokers"]?.string == "0x10")
        let properties = sink.settings["properties"]
        #expect(properties?["a"]?.string == "yes")
        #expect(properties?["b"]?.bool == true)
        #expect(properties?["c"]?.string == "5")
        #expect(properties?["d"]?.integer == 5)
        #expect(properties?["c"]?.path == ["properties", "c"])
    }

    @Test(
        "durations and sizes",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("1m", .seconds(60)), ("24h", .seconds(86_400)),
            ("7d", .seconds(604_800)), ("0s", .zero),
        ])
    func durations(_ text: String, _ duration: Duration) {
        #expect(DurationText.setting(text) == duration)
        #expect(DurationText.format(duration) == text)
    }

    @Test("what is no duration and no size")
    func noUnits() {
        for text in [
            "", "5", "s", "-5s", "5 s", "5S", "1.5s", "5us", "-0s", "36601d", "9223372036854775807d",
            "99999999999999999999s", "5min", "٣s",
        ] {
            #expect(DurationText.setting(text) == nil)
        }
        for text in ["", "5", "KiB", "-5KiB", "5KB", "9223372036854775807KiB", "1.5GiB"] {
            #expect(ByteSizeText.bytes(text) == nil)
        }
        #expect(ByteSizeText.bytes("1GiB") == 1 << 30)
        #expect(ByteSizeText.format(1 << 30) == "1GiB")
        #expect(ByteSizeText.format(1_610_612_736) == "1.5GiB")
        #expect(ByteSizeText.format((1 << 30) - 1) == "1024MiB")
        #expect(ByteSizeText.format(2_047) == "2KiB")
        #expect(ByteSizeText.format(0) == "0B")
        #expect(ByteSizeText.format(.max) == "8388608TiB")
        #expect(ByteSizeText.budget(1) == "1MiB")
    }
}

@Suite("Overrides and secrets")
struct OverrideTests {
    private func places(_ path: String, _ value: String) -> [String] {
        check(validFile, [Override(path: path, value: value)]).diagnostics.map {
            "\($0.file) \($0.line):\($0.column) \($0.code)"
        }
    }

    @Test("a value is replaced, a key is added, a list's element is replaced, a dotted key is found")
    func set() throws {
        let result = check(
            validFile,
            [
                Override(path: "resources.memory", value: "2GiB"),
                Override(path: "sources.mentions.kafka.topics", value: "[a, b]"),
                Override(path: "sources.mentions.kafka.topics.1", value: "c"),
                Override(path: "operators.unique.dedupe.keys", value: "${RATE}"),
                Override(path: "sources.mentions.kafka.properties.security.protocol", value: "PLAINTEXT"),
                Override(path: "checkpoint", value: "{ interval: 1s }"),
            ])
        #expect(result.diagnostics == [])
        let plan = try #require(result.plan)
        #expect(plan.memoryBudget == 2 << 30)
        #expect(plan.checkpointInterval == .seconds(1))
        guard case .source(let source) = plan.nodes[1].work else { return #expect(Bool(false)) }
        #expect(source.settings["topics"]?.list?.compactMap(\.string) == ["a", "c"])
        #expect(source.settings["properties"]?["security.protocol"]?.string == "PLAINTEXT")
        #expect(plan.nodes[2].operator?.state.keys == 50)
    }

    @Test("faults of an override stand in the override")
    func faults() {
        #expect(places("resources.memory", "lots") == ["--set resources.memory 1:1 file.type"])
        #expect(
            places("operators.english.filter", "lnag") == ["--set operators.english.filter 1:1 schema.column_missing"])
        #expect(
            places("operators.english.filter", "lang == lnag") == [
                "--set operators.english.filter 1:9 schema.column_missing"
            ])
        #expect(places("resources.memry", "1GiB") == ["--set resources.memry 1:1 file.unknown_key"])
        #expect(places("resources.memory.x", "1GiB") == ["--set resources.memory.x 1:1 override.path"])
        #expect(
            places("sources.mentions.kafka.topics.7", "x") == [
                "--set sources.mentions.kafka.topics.7 1:1 override.path"
            ])
        #expect(places("resources..memory", "1GiB") == ["--set resources..memory 1:1 override.path"])
        #expect(places("resources.memory", "[") == ["--set resources.memory 1:2 file.syntax"])
        #expect(places("resources.memory", "*x") == ["--set resources.memory 1:1 file.alias"])
        #expect(places("resources.memory", "") == [])
    }

    @Test("a missing secret variable still shows its line; words of a secret map do not spoil messages")
    func shown() {
        let missing = check(validFile, environment: ["KAFKA_BROKERS": "broker-one.example:9092"])
        let line = "  rollups: { from: by_brand, postgres: { url: \"${DATABASE_URL}\", table: brand_rollup_1m } }"
        #expect(missing.diagnostics.contains { $0.excerpt == line })
        let wide = check(
            validFile.replacing("from: by_brand,", with: "from: by_brnd, " + String(repeating: " ", count: 200)))
        #expect(DiagnosticRenderer.text(wide.diagnostics).contains("  rollups: { from: by_brnd, "))
        #expect(DiagnosticRenderer.text(wide.diagnostics).contains(" …\n"))
    }

    @Test("no diagnostic and no explanation shows a secret or what a variable holds")
    func secrets() throws {
        let secrets = ["hunter22", "hooks.example", "s3cr3t", "broker-one"]
        var shown: [String] = []
        for (was, becomes) in [
            ("url: \"${DATABASE_URL}\"", "url: s3cr3t"), ("url: \"${DATABASE_URL}\"", "url: \"s3cr3t${DATABASE_URL}\""),
            ("security.protocol: SASL_SSL", "bogus.password: s3cr3t"),
            ("security.protocol: SASL_SSL", "bogus: \"${DATABASE_URL}\""),
            ("interval: 10s", "interval: \"${DATABASE_URL}\""), ("start: earliest", "start: ${ALERT_WEBHOOK_URL}"),
            ("format: json", "format: ${ALERT_WEBHOOK_URL}"), ("from: scored", "from: ${ALERT_WEBHOOK_URL}"),
        ] {
            let result = check(validFile.replacing(was, with: becomes))
            shown.append(DiagnosticRenderer.text(result.diagnostics) + DiagnosticRenderer.json(result.diagnostics))
        }
        let literal = validFile.replacing("url: \"${DATABASE_URL}\"", with: "url: postgres://s3cr3t")
            .replacing("sasl.password: \"${DATABASE_URL}\"", with: "sasl.password: s3cr3t")
        for text in [validFile, literal] {
            let plan = try #require(check(text).plan)
            for format in Explain.Format.allCases { shown.append(Explain.render(plan, as: format)) }
            #expect(
                plan.redactor.redact("cannot reach postgres://app:hunter22@db/app") == "cannot reach ${DATABASE_URL}"
                    || text == literal)
        }
        for text in shown {
            #expect(!text.isEmpty)
            for secret in secrets { #expect(!text.contains(secret), "\(text)") }
        }
    }
}
