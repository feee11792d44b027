import Columnar
import Dataflow
import Primitives
import Testing

@testable import KafkaConnector

@Suite("Kafka sink, epoch by epoch", .timeLimit(.minutes(2)))
struct KafkaOutboxTests {
    private let schema = Schema([Field("id", .int64)])

    private func rows(_ ids: Range<Int64>) -> RecordBatch {
        let builder = ColumnBuilder(.int64)
        for id in ids { builder.append(id) }
        return RecordBatch(schema: schema, columns: [builder.finish()], rowCount: ids.count)
    }

    private func open(_ cluster: MockKafkaCluster, stopping: Flag = Flag()) throws -> any Sink {
        try KafkaSinkFactory().open(
            settings([("brokers", .string(cluster.brokers)), ("topic", .string("out"))]),
            sinkContext(schema, stopping: stopping))
    }

    /// The ids in the topic and the names of their rows, in its order.
    private func found(_ cluster: MockKafkaCluster) throws -> (ids: [String], names: [String]) {
        let messages = try TopicContents.read(brokers: cluster.brokers, topic: "out")
        let names = messages.map { message in
            ["pipeline", "sink", "run", "epoch", "sequence"].map { message.header("martlet-\($0)") ?? "?" }
        }
        return (
            messages.map { String(decoding: $0.value ?? [], as: UTF8.self) },
            names.map { ($0[..<2] + $0[3...]).joined(separator: " ") + ($0[2].count == 16 ? "" : $0[2]) }
        )
    }

    @Test("what a broker does not permit ends the run, and is left to the next one rather than parked")
    func notPermitted() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("out", partitions: 1)
        let parked = Parked()
        func open() throws -> any Sink {
            try KafkaSinkFactory().open(
                settings([("brokers", .string(cluster.brokers)), ("topic", .string("out"))]),
                sinkContext(schema, parked: parked))
        }
        let first = try open()
        try first.write(rows(0..<3))
        let snapshot = try first.prepare(epoch: 1)
        // 0: Produce. 29: TOPIC_AUTHORIZATION_FAILED.
        cluster.failNext(request: 0, errors: [29])
        let fault = #expect(throws: Fault.self) { try first.commit(epoch: 1) }
        #expect(fault?.code == "kafka.not_authorized")
        first.close()
        #expect(parked.all.isEmpty && first.counts.held == 3)
        let second = try open()
        try second.restore(snapshot, epoch: 1)
        second.close()
        #expect(parked.all.isEmpty)
        #expect(try found(cluster).names == (0..<3).map { "brand-watch rejects 1 \($0)" })
    }

    @Test("nothing is written before its commit, and every row has a name of its own")
    func names() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("out", partitions: 1)
        let sink = try open(cluster)
        try sink.restore(nil, epoch: 6)
        try sink.write(rows(0..<2))
        try sink.write(rows(2..<3))
        _ = try sink.prepare(epoch: 7)
        try sink.tick()
        #expect(try found(cluster).ids.isEmpty)
        try sink.commit(epoch: 7)
        try sink.write(rows(3..<5))
        #expect(sink.counts.committed == 3 && sink.counts.held == 2)
        #expect(try found(cluster).ids.count == 3)
        _ = try sink.prepare(epoch: 8)
        try sink.commit(epoch: 8)
        sink.close()
        #expect(
            try found(cluster).names == [
                "brand-watch rejects 7 0", "brand-watch rejects 7 1", "brand-watch rejects 7 2",
                "brand-watch rejects 8 0", "brand-watch rejects 8 1",
            ])
    }

    @Test("a run that goes on writes the checkpoint's rows again under the same names", arguments: [false, true])
    func restore(hadArrived: Bool) throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("out", partitions: 1)
        let first = try open(cluster)
        try first.restore(nil, epoch: 0)
        try first.write(rows(0..<3))
        let snapshot = try first.prepare(epoch: 1)
        if hadArrived { try first.commit(epoch: 1) }
        first.close()

        let second = try open(cluster)
        try second.restore(snapshot, epoch: 1)
        #expect(second.counts.received == 3 && second.counts.committed == 3)
        try second.write(rows(3..<4))
        let next = try second.prepare(epoch: 2)
        #expect(next.rows.map(\.rowCount) == [1])
        try second.commit(epoch: 2)
        second.close()
        // Named alike, they are one to a reader that looks at the names; the run's beginning is part of them.
        let messages = try TopicContents.read(brokers: cluster.brokers, topic: "out")
        #expect(messages.count == (hadArrived ? 7 : 4))
        let names = ["run", "epoch", "sequence"]
        let unique = Set(messages.map { message in names.map { message.header("martlet-\($0)") ?? "?" } })
        #expect(unique.count == 4)
    }

    @Test("what an outage at the end of a run left behind keeps its names in the next")
    func held() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("out", partitions: 1)
        let stopping = Flag()
        let first = try open(cluster, stopping: stopping)
        try first.restore(nil, epoch: 0)
        try cluster.setBroker(1, isUp: false)
        stopping.set()
        for epoch in Int64(1)...2 {
            try first.write(rows(epoch * 10..<epoch * 10 + 2))
            _ = try first.prepare(epoch: epoch)
            try first.commit(epoch: epoch)
        }
        let snapshot = try first.prepare(epoch: 3)
        #expect(first.counts.held == 4)
        first.close()
        try cluster.setBroker(1, isUp: true)
        let second = try open(cluster)
        try second.restore(snapshot, epoch: 3)
        second.close()
        let found = try found(cluster)
        #expect(found.ids == [10, 11, 20, 21].map { "{\"id\":\($0)}" })
        #expect(found.names == ["1 0", "1 1", "2 0", "2 1"].map { "brand-watch rejects \($0)" })
    }

    @Test("rows of an earlier pipeline file with other columns are refused, not misread")
    func otherColumns() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("out", partitions: 1)
        let sink = try open(cluster)
        var outbox = Outbox(origin: 1)
        outbox.append(DeadLetter.batch([], node: "a"))
        #expect(outbox.isEmpty)
        let builder = ColumnBuilder(.string)
        builder.append("text")
        outbox.append(
            RecordBatch(schema: Schema([Field("id", .string)]), columns: [builder.finish()], rowCount: 1))
        outbox.seal(epoch: 1)
        let snapshot = outbox.snapshot
        let fault = #expect(throws: Fault.self) { try sink.restore(snapshot, epoch: 1) }
        #expect(fault?.code == "sink.schema_changed")
    }
}
