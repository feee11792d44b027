import Columnar
import Dataflow
import Primitives

@testable import Pipelines

struct FakeSource: SourceFactory {
    let spec: ComponentSpec

    func validate(_ settings: Settings, _ faults: FaultCollector) {
        for (name, value) in settings["properties"]?.members ?? [] where name.hasPrefix("bogus") {
            // Shows the value, as a careless connector might: planning must hide it.
            faults.report(
                Fault("kafka.property_invalid", "the property \(name) is not accepted: \(value.string ?? "")"),
                at: value.path)
        }
    }

    func open(_ settings: Settings, _ context: SourceContext) throws(Fault) -> any Source { throw unmade }
}

struct FakeSink: SinkFactory {
    let spec: ComponentSpec

    func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        guard let url = settings["url"], let text = url.string, !text.contains("://") else { return }
        faults.report(Fault("sink.url", "`\(text)` is no URL", hint: "start it with a scheme"), at: url.path)
    }

    func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink { throw unmade }
}

struct FakeFormat: FormatFactory {
    let spec: ComponentSpec

    func schema(_ settings: Settings, declared: Schema?, _ faults: FaultCollector) -> Schema? { declared }

    func makeDecoder(_ settings: Settings, schema: Schema, eventTime: EventTimeOrigin) throws(Fault) -> any Decoder {
        throw unmade
    }
}

struct FakeSchemas: SchemaReader {
    static let mention = Schema([
        Field("platform", .string),
        Field("id", .string),
        Field("lang", .string, isNullable: true),
        Field("text", .string),
        Field("brand", .string),
        Field("created_at", .timestamp),
        Field("hashtags", .list(.string)),
        Field("author", .struct([Field("id", .string), Field("name", .string)])),
        Field(
            "metrics", .struct([Field("likes", .int64, isNullable: true), Field("shares", .int64)]), isNullable: true),
    ])

    func readSchema(_ path: String) throws(Fault) -> Schema {
        if path.hasSuffix("/mention.avsc") { return Self.mention }
        throw Fault("schema.unreadable", "the schema file `\(path)` cannot be read", hint: "check the path")
    }
}

let property = FieldKind.either([.bool, .integer(.min ... .max), .string])

let fakeCatalogue = ComponentCatalogue(
    sources: [
        FakeSource(
            spec: ComponentSpec(
                name: "kafka", summary: "Reads topics.",
                kind: .object([
                    FieldSpec("brokers", .string, required: true, doc: "Where to start.", example: "localhost:9092"),
                    FieldSpec("topics", .list(.string), required: true, doc: "The topics.", example: "[posts]"),
                    FieldSpec(
                        "start", .either([.choice(["earliest", "latest"]), .integer(0 ... .max)]), default: "latest",
                        doc: "Where a new group begins."),
                    FieldSpec("properties", .map(property), doc: "librdkafka's own settings."),
                ]), example: "kafka: { brokers: localhost:9092, topics: [posts] }")),
        FakeSource(
            spec: ComponentSpec(
                name: "file", summary: "Reads a file.",
                kind: .object([
                    FieldSpec("path", .path, required: true, doc: "The file.", example: "posts.ndjson"),
                    FieldSpec("rate", .number(1...1_000_000), doc: "Records a second."),
                    FieldSpec("follow", .bool, default: "false", doc: "Whether to wait for more."),
                    FieldSpec("buffer", .byteSize, default: "1MiB", doc: "How much is read at once."),
                ]), example: "file: { path: posts.ndjson }")),
    ],
    sinks: [
        FakeSink(
            spec: ComponentSpec(
                name: "postgres", summary: "Writes a table.",
                kind: .object([
                    FieldSpec(
                        "url", .string, required: true, doc: "The database.", example: "${DATABASE_URL}", secret: true),
                    FieldSpec("table", .string, required: true, doc: "The table.", example: "rollup"),
                ]), example: "postgres: { url: \"${DATABASE_URL}\", table: rollup }")),
        FakeSink(
            spec: ComponentSpec(
                name: "webhook", summary: "Calls a receiver.",
                kind: .object([
                    FieldSpec("url", .string, required: true, doc: "The receiver.", example: "${URL}", secret: true),
                    FieldSpec("format", .choice(["json", "slack"]), default: "json", doc: "The body."),
                ]), example: "webhook: { url: \"${URL}\" }")),
        FakeSink(
            spec: ComponentSpec(
                name: "kafka", summary: "Writes a topic.",
                kind: .object([
                    FieldSpec("brokers", .string, required: true, doc: "Where to start.", example: "localhost:9092"),
                    FieldSpec("topic", .string, required: true, doc: "The topic.", example: "posts"),
                    FieldSpec("properties", .map(property), doc: "librdkafka's own settings."),
                ]), example: "kafka: { brokers: localhost:9092, topic: posts }")),
    ],
    formats: [
        FakeFormat(
            spec: ComponentSpec(
                name: "json", summary: "One object a record.", kind: .object([]), example: "format: json")),
        FakeFormat(
            spec: ComponentSpec(
                name: "avro", summary: "Avro.",
                kind: .object([
                    FieldSpec("registry", .bool, default: "false", doc: "Whether a registry's header stands before.")
                ]),
                example: "format: { avro: { registry: true } }")),
    ],
    operators: [FakeFilter(), FakeDedupe(), FakeAggregate(), FakeSentiment(), FakeUnion(), FakeForgetful()]
        + FakeAdder.all,
    schemaReader: FakeSchemas(), readTable: { (_: String) throws(Fault) -> StaticTable in throw unmade })

let fakeEnvironment = [
    "KAFKA_BROKERS": "broker-one.example:9092", "DATABASE_URL": "postgres://app:hunter22@db/app",
    "ALERT_WEBHOOK_URL": "https://hooks.example/T000/B000/XXXX", "TWO_LINES": "a\nb: c", "EMPTY": "", "RATE": "50",
]

/// A file in which everything is right.
let validFile = """
    pipeline: brand-listening
    description: What people say of the brands.

    sources:
      mentions:
        kafka:
          brokers: ${KAFKA_BROKERS}
          topics: [social.mentions]
          start: earliest
          properties: { security.protocol: SASL_SSL, sasl.password: "${DATABASE_URL}" }
        format: json
        schema: ../schemas/mention.avsc
        event_time: { column: created_at, delay: 5s, idle: 30s }
        on_error: dead_letter

    operators:
      unique:  { from: mentions, dedupe: { by: [platform, id], within: 24h } }
      english: { from: unique, filter: 'lang == "en"' }
      scored:  { from: english, sentiment: { text: text } }
      by_brand:
        from: scored
        aggregate:
          window: { tumbling: 1m, lateness: 2m }
          by: [brand, platform]
          columns:
            mentions: count()
            sentiment: avg(sentiment_score)
            authors: count_distinct(author.id)
            likes: quantile(metrics.likes, 0.95)
          emit: { early: 5s }

    sinks:
      rollups: { from: by_brand, postgres: { url: "${DATABASE_URL}", table: brand_rollup_1m } }
      rejects: { from: dead_letters, kafka: { brokers: "${KAFKA_BROKERS}", topic: rejected } }

    checkpoint: { interval: 10s }
    resources: { memory: 1GiB, disk: 20GiB }
    """

func check(_ text: String, environment: [String: String] = fakeEnvironment, _ overrides: [Override] = [])
    -> PipelineCheck
{
    PipelineCheck.text(
        text, path: "pipelines/x.yaml", catalogue: fakeCatalogue, environment: environment, overrides: overrides)
}

/// `LINE:COLUMN code` of each diagnostic; a `!` marks an error.
func places(_ check: PipelineCheck) -> [String] {
    check.diagnostics.map { "\($0.line):\($0.column) \($0.code)\($0.severity == .error ? "!" : "")" }
}
