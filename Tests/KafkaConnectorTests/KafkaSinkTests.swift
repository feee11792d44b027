import Columnar
import Dataflow
import Primitives
import Synchronization
import Testing

@testable import KafkaConnector

final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

final class Parked: Sendable {
    private let letters = Mutex<[DeadLetter]>([])
    var all: [DeadLetter] { letters.withLock { $0 } }
    func add(_ more: [DeadLetter]) { letters.withLock { $0 += more } }
}

func sinkContext(
    _ schema: Schema, key: [String] = [], reported: Reported = Reported(), parked: Parked = Parked(),
    stopping: Flag = Flag()
) -> SinkContext {
    SinkContext(
        pipeline: "brand-watch", name: "rejects", clock: SystemClock(), seed: 1, baseDirectory: ".", schema: schema,
        key: key, isStopping: { stopping.isSet }, report: { reported.add($0) }, park: { parked.add($0) })
}

extension Sink {
    /// Ends an epoch, the next of all in these tests, and commits it.
    func commitEpoch() throws(Fault) {
        let epoch = epochs.wrappingAdd(1, ordering: .relaxed).newValue
        _ = try prepare(epoch: epoch)
        try commit(epoch: epoch)
    }
}

private let epochs = Atomic<Int64>(0)

@Suite("Kafka sink, on mock brokers", .timeLimit(.minutes(2)))
struct KafkaSinkTests {
    private func letter(_ offset: Int64, _ text: String?) -> DeadLetter {
        DeadLetter(
            code: "json.syntax", reason: "no closing brace", origin: "social.mentions", partition: 3, offset: offset,
            bytes: text.map { Array($0.utf8) })
    }

    @Test("a dead letter is written as the record that came, with its reason in headers")
    func deadLetters() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejected"))]),
            sinkContext(DeadLetter.schema))
        try sink.write(
            DeadLetter.batch([letter(17, "{\"a\":"), letter(18, nil), letter(19, "")], node: "mentions"))
        try sink.commitEpoch()
        #expect(sink.counts.received == 3 && sink.counts.committed == 3 && sink.counts.held == 0)
        sink.close()

        let found = try TopicContents.read(brokers: cluster.brokers, topic: "rejected")
        #expect(found.map(\.value) == [Array("{\"a\":".utf8), nil, []])
        #expect(found.map { $0.header("martlet-offset") } == ["17", "18", "19"])
        #expect(found.map { $0.header("martlet-sequence") } == ["0", "1", "2"])
        let first = try #require(found.first)
        #expect(first.key == nil)
        #expect(first.header("martlet-pipeline") == "brand-watch")
        #expect(first.header("martlet-code") == "json.syntax")
        #expect(first.header("martlet-reason") == "no closing brace")
        #expect(first.header("martlet-origin") == "social.mentions")
        #expect(first.header("martlet-partition") == "3")
        #expect(first.header("martlet-node") == "mentions")
    }

    @Test("only the selected rows are written, more of them than fit into the producer at once")
    func selection() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 3)
        let sink = try KafkaSinkFactory().open(
            settings([
                ("brokers", .string(cluster.brokers)), ("topic", .string("rejected")),
                ("key", .string("offset")),
                ("properties", .object([("queue.buffering.max.messages", Settings(.integer(500)))])),
            ]), sinkContext(DeadLetter.schema))
        let batch = DeadLetter.batch((0..<4_000).map { letter($0, "r\($0)") }, node: "mentions")
        try sink.write(batch.selecting(SelectionVector((0..<2_000).map { UInt32($0 * 2) })))
        try sink.commitEpoch()
        #expect(sink.counts.received == 2_000 && sink.counts.committed == 2_000)
        sink.close()
        let found = try TopicContents.read(brokers: cluster.brokers, topic: "rejected")
        let texts = found.map { String(decoding: $0.value ?? [], as: UTF8.self) }
        #expect(Set(texts) == Set((0..<2_000).map { "r\($0 * 2)" }) && texts.count == 2_000)
        #expect(
            found.allSatisfy { "r\(String(decoding: $0.key ?? [], as: UTF8.self))".utf8.elementsEqual($0.value ?? []) })
        #expect(Set(found.map(\.partition)) == [0, 1, 2])
    }

    @Test("a message too large is parked with its bytes, the others arrive, and every row is counted")
    func tooLarge() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        let parked = Parked()
        let reported = Reported()
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejected"))]),
            sinkContext(DeadLetter.schema, reported: reported, parked: parked))
        let large = String(repeating: "x", count: 2_000_000)
        try sink.write(DeadLetter.batch([letter(1, "a"), letter(2, large), letter(3, "c")], node: "mentions"))
        try sink.commitEpoch()
        #expect(sink.counts.received == 3 && sink.counts.committed == 2 && sink.counts.parked == 1)
        #expect(parked.all.map(\.code) == ["kafka.message_too_large"])
        #expect(parked.all.first?.bytes?.count == 2_000_000)
        #expect(reported.codes == ["kafka.message_too_large"])
        sink.close()
        #expect(try TopicContents.read(brokers: cluster.brokers, topic: "rejected").count == 2)
    }

    @Test("a broker's passing refusals are tried again, and nothing arrives twice")
    func retriable() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejected"))]),
            sinkContext(DeadLetter.schema))
        // Produce is request 0; 6 is NOT_LEADER_OR_FOLLOWER, 19 NOT_ENOUGH_REPLICAS.
        cluster.failNext(request: 0, errors: [6, 19, 6])
        try sink.write(DeadLetter.batch((0..<100).map { letter($0, "r\($0)") }, node: "mentions"))
        try sink.commitEpoch()
        #expect(sink.counts.committed == 100 && sink.counts.parked == 0)
        sink.close()
        #expect(try TopicContents.read(brokers: cluster.brokers, topic: "rejected").count == 100)
    }

    @Test("while the broker is away a commit waits, and a run that is being stopped holds what has not arrived")
    func brokerAway() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        let reported = Reported()
        let stopping = Flag()
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejected"))]),
            sinkContext(DeadLetter.schema, reported: reported, stopping: stopping))
        try sink.write(DeadLetter.batch([letter(1, "a")], node: "mentions"))
        try sink.commitEpoch()
        try cluster.setBroker(1, isUp: false)
        try sink.write(DeadLetter.batch([letter(2, "b")], node: "mentions"))
        stopping.set()
        try sink.commitEpoch()
        #expect(sink.counts.received == 2 && sink.counts.committed == 1 && sink.counts.held == 1)
        #expect(reported.codes.filter { $0.hasPrefix("kafka.broker") } == ["kafka.broker_lost"])
        sink.close()
        #expect(sink.counts.held == 1)
    }

    @Test("a missing topic is a fault with a hint and is not created")
    func missingTopic() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        for _ in 0..<2 {
            let fault = #expect(throws: Fault.self) {
                try KafkaSinkFactory().open(
                    settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejectd"))]),
                    sinkContext(DeadLetter.schema))
            }
            #expect(fault?.code == "kafka.topic_missing")
            #expect(fault?.hint?.contains("did you mean rejected?") == true)
        }
    }

    @Test("any other row is written as JSON, by the key of its stream")
    func json() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("trends", partitions: 2)
        let schema = Schema([
            Field("brand", .string), Field("window_start", .timestamp), Field("mentions", .int64),
            Field("sentiment", .float64, isNullable: true),
        ])
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("trends"))]),
            sinkContext(schema, key: ["brand", "window_start"]))
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for (brand, mentions) in [("a \"b\"", Int64(7)), ("c", -1)] {
            builders[0].append(brand)
            builders[1].append(Int64(1_767_225_600_000_000))
            builders[2].append(mentions)
            if mentions > 0 { builders[3].append(0.25) } else { builders[3].appendNull() }
        }
        try sink.write(RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: 2))
        try sink.commitEpoch()
        sink.close()
        let found = try TopicContents.read(brokers: cluster.brokers, topic: "trends")
        let texts = Dictionary(
            uniqueKeysWithValues: found.map {
                (String(decoding: $0.key ?? [], as: UTF8.self), String(decoding: $0.value ?? [], as: UTF8.self))
            })
        #expect(
            texts == [
                #"["a \"b\"","2026-01-01T00:00:00Z"]"#:
                    #"{"brand":"a \"b\"","window_start":"2026-01-01T00:00:00Z","mentions":7,"sentiment":0.25}"#,
                #"["c","2026-01-01T00:00:00Z"]"#:
                    #"{"brand":"c","window_start":"2026-01-01T00:00:00Z","mentions":-1,"sentiment":null}"#,
            ])
    }

    @Test("a key must be a column with a single value, and what the sink owns cannot be set")
    func validation() {
        let schema = Schema([Field("tags", .list(.string)), Field("id", .string)])
        let collector = FaultCollector()
        KafkaSinkFactory().validate(
            settings([
                ("brokers", .string("b:1")), ("topic", .string("t")), ("key", strings(["tags", "idd", "id"])),
                ("properties", .object([("acks", Settings(.integer(1)))])),
            ]), schema: schema, key: [], collector)
        #expect(collector.faults.map(\.fault.code) == ["kafka.property_owned", "kafka.key_type", "kafka.key_unknown"])
        #expect(collector.faults.map(\.path) == [["properties", "acks"], ["key", "0"], ["key", "1"]])
    }

    /// Kafka's error 45 is OUT_OF_ORDER_SEQUENCE_NUMBER, 47 INVALID_PRODUCER_EPOCH.
    @Test(
        "what the broker refuses after all is parked, the producer goes on, and every row is counted",
        arguments: [45, 47])
    func refused(error: Int32) throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("rejected", partitions: 1)
        let parked = Parked()
        let reported = Reported()
        let sink = try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("rejected"))]),
            sinkContext(DeadLetter.schema, reported: reported, parked: parked))
        try sink.write(DeadLetter.batch([letter(1, "a")], node: "mentions"))
        try sink.commitEpoch()
        cluster.failNext(request: 0, errors: [error, error])
        for offset in 2...4 {
            try sink.write(DeadLetter.batch([letter(Int64(offset), "b")], node: "mentions"))
            try sink.commitEpoch()
        }
        #expect(sink.counts.received == 4 && sink.counts.held == 0)
        #expect(Int(sink.counts.parked) == parked.all.count)
        sink.close()
        #expect(
            Int64(try TopicContents.read(brokers: cluster.brokers, topic: "rejected").count) == sink.counts.committed)
    }
}
