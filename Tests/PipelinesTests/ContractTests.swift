import Dataflow
import Foundation
import Primitives
import Testing

@testable import Pipelines

@Suite("The contract")
struct ContractTests {
    static let productFile = """
        # yaml-language-server: $schema=../schemas/pipeline.schema.json
        pipeline: brand-listening        # names the consumer group, the state folder and the metrics label
        description: Sentiment, entities, trends and crises of the watched brands.

        sources:
          mentions:
            kafka:
              brokers: ${KAFKA_BROKERS}
              topics: [social.mentions]
              start: earliest                                    # earliest | latest | a timestamp
              properties: { security.protocol: SASL_SSL }        # librdkafka's own names pass through
            format: json
            schema: ../schemas/mention.avsc
            event_time: { column: created_at, delay: 5s, idle: 30s }
            on_error: dead_letter                                # dead_letter | skip | fail

        operators:
          unique:   { from: mentions, dedupe: { by: [platform, id], within: 24h } }
          english:  { from: unique,   filter: 'lang == "en"' }
          scored:   { from: english,  sentiment: { text: text, model: ensemble } }
          tagged:   { from: scored,   entities: { text: text, watchlist: watchlists/brands.csv } }
          hashtags: { from: tagged,   unnest: { column: hashtags, as: hashtag } }
          by_brand:
            from: tagged
            aggregate:
              window: { tumbling: 1m, lateness: 2m }             # tumbling | hopping | session | cumulative
              by: [brand, platform]
              columns:
                mentions:  count()
                sentiment: avg(sentiment_score)
                authors:   count_distinct(author.id)
                likes_p95: quantile(metrics.likes, 0.95)
              emit: { early: 5s }                                # rows form while the window is open
          trending: { from: hashtags, trend:  { term: hashtag, window: 5m, top: 20 } }
          crises:   { from: tagged,   crisis: { by: [brand], sentiment: sentiment_score } }

        sinks:
          rollups: { from: by_brand, postgres: { url: "${DATABASE_URL}", table: brand_rollup_1m } }
          trends:  { from: trending, postgres: { url: "${DATABASE_URL}", table: trending_hashtag } }
          alerts:  { from: crises,   webhook:  { url: "${ALERT_WEBHOOK_URL}", format: slack } }
          rejects: { from: dead_letters, kafka: { brokers: "${KAFKA_BROKERS}", topic: social.mentions.rejected } }
        """

    @Test("the file that the product promises has a plan")
    func product() throws {
        let result = check(Self.productFile)
        #expect(result.diagnostics == [])
        let plan = try #require(result.plan)
        #expect(
            plan.nodes.map(\.name) == [
                "dead_letters", "mentions", "unique", "english", "scored", "tagged", "hashtags", "by_brand", "trending",
                "crises", "rollups", "trends", "alerts", "rejects",
            ])
        #expect(plan.checkpointInterval == .seconds(10))
        #expect(plan.memoryBudget == nil)
    }

    @Test("the JSON Schema is JSON, and knows every component and every key")
    func jsonSchema() throws {
        let text = JSONSchemaWriter.schema(fakeCatalogue)
        let root = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let definitions = try #require(root["$defs"] as? [String: Any])
        func keys(_ definition: String) -> Set<String> {
            let object = definitions[definition] as? [String: Any]
            return Set((object?["properties"] as? [String: Any])?.keys.map { $0 } ?? [])
        }
        #expect(keys("source") == ["format", "schema", "event_time", "on_error", "kafka", "file"])
        #expect(keys("operator") == Set(fakeCatalogue.operators.map(\.spec.name)).union(["from"]))
        #expect(keys("sink") == ["from", "postgres", "webhook", "kafka"])
        #expect(text.contains("\"default\": 1000000"))
        #expect(text.contains("\"examples\": [\n                [\"platform\", \"id\"]\n"))
        #expect(text == JSONSchemaWriter.schema(fakeCatalogue))
    }

    @Test("the reference has a chapter for every component and a row for every field, nested ones by path")
    func reference() {
        let text = ReferenceWriter.markdown(fakeCatalogue)
        let specs =
            fakeCatalogue.sources.map(\.spec) + fakeCatalogue.operators.map(\.spec) + fakeCatalogue.sinks.map(\.spec)
            + fakeCatalogue.formats.map(\.spec)
        for spec in specs { #expect(text.contains("\n### `\(spec.name)`\n")) }
        #expect(
            text.contains("| `window.tumbling` | a duration |  | The length of windows that touch. Example: `1m`. |\n"))
        #expect(
            text.contains("| `keys` | a whole number from 1 to 1000000000 | `1000000` | Keys that live at once. |\n"))
        #expect(text.contains("| `rate` | a number from 1 to 1000000 |  | Records a second. |\n"))
    }
}
