import Dataflow
import Primitives
import Testing

@testable import KafkaConnector

@Suite("Kafka settings")
struct KafkaSettingsTests {
    private func faults(_ members: [(String, Settings.Value)]) -> [PlanFault] {
        let collector = FaultCollector()
        KafkaSourceFactory().validate(
            settings([("brokers", .string("localhost:9092")), ("topics", .string("posts"))] + members), collector)
        return collector.faults
    }

    private func properties(_ members: [(String, Settings.Value)]) -> (String, Settings.Value) {
        ("properties", .object(members.map { ($0.0, Settings($0.1)) }))
    }

    @Test("librdkafka's own names pass, as strings, numbers or booleans")
    func known() {
        let given = properties([
            ("security.protocol", .string("SASL_SSL")), ("fetch.wait.max.ms", .integer(20)),
            ("check.crcs", .bool(false)), ("sasl.password", .string("hush")),
        ])
        #expect(faults([given]).isEmpty)
    }

    @Test("an unknown property is a fault at its place, in librdkafka's words")
    func unknown() {
        let found = faults([properties([("linger.ms", .integer(5)), ("fetch.wait.maxms", .integer(20))])])
        #expect(found.map(\.path) == [["properties", "fetch.wait.maxms"]])
        #expect(found.first?.fault.code == "kafka.property_invalid")
        #expect(found.first?.fault.detail?.contains("fetch.wait.maxms") == true)
    }

    @Test("a value out of range is a fault at its property")
    func badValue() {
        let found = faults([properties([("fetch.wait.max.ms", .string("soon"))])])
        #expect(found.map(\.path) == [["properties", "fetch.wait.max.ms"]])
    }

    @Test("a secret's value is in no fault")
    func secret() {
        let found = faults([properties([("ssl.key.password.file", .string("hunter2"))])])
        #expect(found.count == 1)
        #expect(!"\(found)".contains("hunter2"))
    }

    @Test(
        "what martlet owns cannot be set",
        arguments: [
            "enable.auto.commit", "enable.auto.offset.store", "bootstrap.servers", "auto.offset.reset",
            "enable.partition.eof", "plugin.library.paths",
        ])
    func owned(name: String) {
        let found = faults([properties([(name, .string("true"))])])
        #expect(found.map(\.fault.code) == ["kafka.property_owned"])
        #expect(found.map(\.path) == [["properties", name]])
    }

    @Test("a start is earliest, latest or a time", arguments: ["earliest", "latest", "2026-01-01T00:00:00Z"])
    func goodStart(start: String) {
        #expect(faults([("start", .string(start))]).isEmpty)
    }

    @Test("any other start is a fault")
    func badStart() {
        #expect(faults([("start", .string("yesterday"))]).map(\.fault.code) == ["kafka.start_invalid"])
    }

    @Test("a topic's name is checked and may be listed once")
    func topicNames() {
        let found = faults([]) + faults2(["a b", "^x.*", "ok", "ok"])
        #expect(found.map(\.fault.code) == ["kafka.topic_invalid", "kafka.topic_invalid", "kafka.topic_repeated"])
        #expect(found.map(\.path) == [["topics", "0"], ["topics", "1"], ["topics", "3"]])
    }

    private func faults2(_ topics: [String]) -> [PlanFault] {
        let collector = FaultCollector()
        KafkaSourceFactory().validate(
            settings([("brokers", .string("localhost:9092")), ("topics", strings(topics))]), collector)
        return collector.faults
    }

    @Test("the nearest existing topic is suggested only if it is near")
    func nearest() {
        #expect(MissingTopic.nearest("mentons", among: ["mentions", "posts"]) == "mentions")
        #expect(MissingTopic.nearest("zzzzzz", among: ["mentions", "posts"]) == nil)
        #expect(MissingTopic.nearest("x", among: []) == nil)
    }
}
