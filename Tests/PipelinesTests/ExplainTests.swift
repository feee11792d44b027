import Testing

@testable import Pipelines

@Suite("Explain")
struct ExplainTests {
    @Test("the text form shows schema, state, exchange and settings of every node")
    func text() throws {
        let plan = try #require(check(validFile).plan)
        #expect(
            Explain.render(plan, as: .text) == """
                pipeline brand-listening
                  about       What people say of the brands.
                  commit      every 10s
                  memory      at most 27.8MiB of state, budget 1GiB, of which 896MiB are for state
                  disk        budget 20GiB

                stream dead_letters
                  columns     node        string
                              code        string
                              reason      string
                              origin      string
                              partition   int64
                              offset      int64
                              event_time  timestamp?
                              bytes       bytes?

                source mentions: kafka
                  settings    brokers: ${KAFKA_BROKERS}
                              topics: [social.mentions]
                              start: earliest
                              properties: { security.protocol: SASL_SSL, sasl.password: *** }
                  format      json
                  event time  created_at, up to 5s out of order, idle after 30s
                  on error    dead_letter
                  decodes     8 of 11 columns
                  columns     platform    string
                              id          string
                              lang        string?
                              text        string
                              brand       string
                              created_at  timestamp
                              author      struct<id: string>
                              metrics     struct<likes: int64?>?

                operator unique: dedupe
                  from        mentions
                  does        by: id, platform
                  exchange    keys travel to their owner, rows stay where they are
                  state       at most 22.9MiB (1,000,000 × 24B)
                              one of (platform, id) for 24h
                  columns     those of mentions

                operator english: filter
                  from        unique
                  does        keeps: lang == "en"
                  columns     those of unique

                operator scored: sentiment
                  from        english
                  columns     those of english, and
                              sentiment_score  float64?

                operator by_brand: aggregate
                  from        scored
                  does        window: tumbling
                  exchange    partial rows travel to the owner of (window_start, brand, platform)
                  state       at most 4.9MiB (10,000 × 512B)
                              one of (brand, platform) a window
                  key         window_start, brand, platform
                  columns     window_start  timestamp
                              brand         string
                              platform      string
                              mentions      float64
                              sentiment     float64
                              authors       float64
                              likes         float64

                sink rollups: postgres
                  from        by_brand
                  settings    url: ***
                              table: brand_rollup_1m
                  key         window_start, brand, platform
                  columns     those of by_brand

                sink rejects: kafka
                  from        dead_letters
                  settings    brokers: ${KAFKA_BROKERS}
                              topic: rejected
                  columns     those of dead_letters

                """)
    }

    @Test("the graph form has a node for each node and an arrow for each input")
    func dot() throws {
        let plan = try #require(check(validFile).plan)
        let text = Explain.render(plan, as: .dot)
        #expect(
            text == """
                digraph "brand-listening" {
                  rankdir=LR;
                  node [shape=box, style=rounded];
                  n0 [label="dead_letters\\n8 columns", shape=note];
                  n1 [label="mentions\\nkafka\\n8 columns", shape=cds];
                  n2 [label="unique\\ndedupe\\n8 columns\\nstate ≤ 22.9MiB", shape=box];
                  n3 [label="english\\nfilter\\n8 columns", shape=box];
                  n4 [label="scored\\nsentiment\\n9 columns", shape=box];
                  n5 [label="by_brand\\naggregate\\n7 columns\\nstate ≤ 4.9MiB", shape=box];
                  n6 [label="rollups\\npostgres\\n7 columns", shape=cylinder];
                  n7 [label="rejects\\nkafka\\n8 columns", shape=cylinder];
                  n1 -> n2 [style=bold, label="keys"];
                  n2 -> n3;
                  n3 -> n4;
                  n4 -> n5 [style=bold, label="partial rows by (window_start, brand, platform)"];
                  n5 -> n6;
                  n0 -> n7;
                }

                """)
    }

    @Test("the machine form has every node with its columns")
    func json() throws {
        let plan = try #require(check(validFile).plan)
        let text = Explain.render(plan, as: .json)
        #expect(text.hasPrefix("{\n  \"pipeline\": \"brand-listening\",\n"))
        #expect(text.contains("\"memory_worst_case\": 29120000,"))
        #expect(text.contains("\"name\": \"hashtags\""))
        #expect(text.contains("\"travels\": \"partial rows\","))
        #expect(text.hasSuffix("}\n"))
    }
}
