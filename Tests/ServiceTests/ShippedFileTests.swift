import Pipelines
import Service
import Testing

@Suite("Files that ship")
struct ShippedFileTests {
    /// Any values will do: nothing is opened.
    private static let environment = [
        "KAFKA_BROKERS": "127.0.0.1:9092", "DATABASE_URL": "postgresql://127.0.0.1/martlet",
        "ALERT_WEBHOOK_URL": "https://hooks.example/alerts", "TOPIC": "social.mentions", "INPUT": "input.ndjson",
        "OUTPUT": "output.ndjson", "OUTPUT_TAGS": "tags.ndjson", "LOOKUP": "../../Tests/ServiceTests/campaigns.csv",
    ]

    @Test(
        "every pipeline validates without a word",
        arguments: Checkout.files("pipelines", suffix: ".yaml") + Checkout.files("bench/pipelines", suffix: ".yaml"))
    func validates(_ file: String) {
        let check = PipelineCheck.file(Checkout.path(file), catalogue: .martlet, environment: Self.environment)
        #expect(DiagnosticRenderer.text(check.diagnostics) == "")
        #expect(check.plan != nil)
    }

    @Test("every pipeline names its editor schema")
    func namesSchema() throws {
        for file in Checkout.files("pipelines", suffix: ".yaml") {
            let depth = file.split(separator: "/").count - 1
            let path = String(repeating: "../", count: depth) + "schemas/pipeline.schema.json"
            #expect(try Checkout.text(file).hasPrefix("# yaml-language-server: $schema=\(path)\n"), "\(file)")
        }
    }

    @Test("the editor schema is what the specifications say: martlet docs schema > schemas/pipeline.schema.json")
    func schema() throws {
        #expect(try Checkout.text("schemas/pipeline.schema.json") == JSONSchemaWriter.schema(.martlet))
    }

    @Test("the reference is what the specifications say: martlet docs reference > pipelines/REFERENCE.md")
    func reference() throws {
        #expect(try Checkout.text("pipelines/REFERENCE.md") == ReferenceWriter.markdown(.martlet))
    }
}
