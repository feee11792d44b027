import Dataflow
import Primitives
import Testing

@testable import KafkaConnector

@Suite("Kafka source, on mock brokers", .timeLimit(.minutes(2)))
struct KafkaSourceTests {
    @Test(
        "every record of several partitions is read exactly once, whatever the number of readers", arguments: [1, 2, 7])
    func whole(readers: Int) throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 5)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<12_000 { try writer.write("r\(index)", partition: Int32(index % 4)) }
        try writer.flush()

        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", strings(["posts"]))], untilEnd: true)
        #expect(source.laneCount == 5)
        let seen = try readWhole(source, readers: readers)

        #expect(seen.records.count == 12_000)
        #expect(seen.texts == (0..<12_000).map { "r\($0)" }.sorted())
        for lane in 0..<4 {
            #expect(seen.records.filter { $0.lane == lane }.map(\.offset) == Array(0..<3_000))
            #expect(seen.sequences[lane] == Array(0..<Int64(seen.sequences[lane]?.count ?? 0)))
        }
        // Timestamps are microseconds of our time.
        let stamps = seen.timestamps.compactMap { $0 }
        #expect(stamps.count == 12_000 && stamps.allSatisfy { $0 > 1_600_000_000_000_000 })
    }

    @Test("several topics make one flat list of lanes")
    func topics() throws {
        let cluster = try MockKafkaCluster(brokers: 2)
        try cluster.createTopic("a", partitions: 2)
        try cluster.createTopic("b", partitions: 1)
        for (topic, partition, text) in [("a", Int32(1), "a1"), ("b", 0, "b0"), ("a", 0, "a0")] {
            let writer = try Writer(cluster.brokers, topic)
            try writer.write(text, partition: partition)
            try writer.flush()
        }
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", strings(["a", "b"]))], untilEnd: true)
        let seen = try readWhole(source, readers: 2)
        #expect(Set(seen.records.map { "\($0.lane) \($0.text ?? "")" }) == ["0 a0", "1 a1", "2 b0"])
    }

    @Test("a null payload is a record without bytes, an empty one has none but is there")
    func nulls() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for text in ["x", nil, ""] { try writer.write(text, partition: 0) }
        try writer.flush()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", .string("posts"))], untilEnd: true)
        #expect(try readWhole(source, readers: 1).records.map(\.text) == ["x", nil, ""])
    }

    @Test("a run until the end ends at once on an empty topic, and never reads what came after it began")
    func untilEnd() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 2)
        let members: [(String, Settings.Value)] = [
            ("brokers", .string(cluster.brokers)), ("topics", .string("posts")),
        ]
        let empty = try open(members, untilEnd: true)
        let writer = try Writer(cluster.brokers, "posts")
        try writer.write("first", partition: 0)
        try writer.flush()
        #expect(try readWhole(empty, readers: 1).records.isEmpty)

        let one = try open(members, untilEnd: true)
        for index in 0..<100 { try writer.write("later \(index)", partition: 0) }
        try writer.flush()
        #expect(try readWhole(one, readers: 1).records.map(\.text) == ["first"])
    }

    @Test("a source that starts at the latest record reads only what comes, says when it has caught up, and is woken")
    func latest() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 2)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<10 { try writer.write("old \(index)", partition: Int32(index % 2)) }
        try writer.flush()
        let source = try open(
            [
                ("brokers", .string(cluster.brokers)), ("topics", .string("posts")), ("start", .string("latest")),
            ], untilEnd: false)
        let bell = Bell()
        let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
        defer { reader.close() }
        var seen = Seen()
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        #expect(seen.records.isEmpty)
        try writer.write("new", partition: 1)
        try writer.flush()
        #expect(try read(reader, bell: bell, until: .records(1), into: &seen))
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        #expect(seen.records == [.init(lane: 1, offset: 5, text: "new")])
    }

    @Test("records outlive the reader that handed them out")
    func lifetime() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<1_000 { try writer.write("r\(index)", partition: 0) }
        try writer.flush()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", .string("posts"))], untilEnd: true)
        var kept: [RawRecords] = []
        do {
            let bell = Bell()
            let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
            reading: while true {
                switch try reader.next() {
                case .records(let batch): kept.append(batch)
                case .end: break reading
                case .pending, .caughtUp: bell.wait(milliseconds: 5)
                }
            }
            reader.close()
        }
        var seen = Seen()
        for batch in kept { seen.add(batch) }
        #expect(seen.records.map(\.text) == (0..<1_000).map { "r\($0)" })
    }

    @Test("a broker that goes away and comes back costs no record and repeats none, and both are told once")
    func brokerDown() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 2)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<2_000 { try writer.write("r\(index)", partition: Int32(index % 2)) }
        try writer.flush()
        let reported = Reported()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", .string("posts"))], untilEnd: false, reported: reported)
        let bell = Bell()
        let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
        defer { reader.close() }
        var seen = Seen()
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        #expect(seen.records.count == 2_000)

        try cluster.setBroker(1, isUp: false)
        let clock = SystemClock()
        let began = clock.monotonicNanoseconds()
        var claimed = 0
        while !reported.codes.contains("kafka.broker_lost"), clock.monotonicNanoseconds() - began < 20_000_000_000 {
            if case .caughtUp = try reader.next() { claimed += 1 }
            bell.wait(milliseconds: 5)
        }
        #expect(reported.codes.contains("kafka.broker_lost"))
        // Cut off is not the same as idle.
        if case .pending = try reader.next() {} else { Issue.record("a reader that is cut off must not be caught up") }

        try cluster.setBroker(1, isUp: true)
        for index in 2_000..<4_000 { try writer.write("r\(index)", partition: Int32(index % 2)) }
        try writer.flush()
        #expect(try read(reader, bell: bell, until: .records(4_000), into: &seen))
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        #expect(seen.texts == (0..<4_000).map { "r\($0)" }.sorted())
        for lane in 0..<2 { #expect(seen.records.filter { $0.lane == lane }.map(\.offset) == Array(0..<2_000)) }
        #expect(reported.codes.count { $0 == "kafka.broker_lost" } == 1)
        #expect(reported.codes.count { $0 == "kafka.broker_found" } == 1)
    }

    @Test("a cut-off reader is caught up again by itself, though nothing new was written")
    func brokerBackIdle() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 3)
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", .string("posts"))], untilEnd: false)
        let bell = Bell()
        let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
        defer { reader.close() }
        var seen = Seen()
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        try cluster.setBroker(1, isUp: false)
        var isCutOff = false
        for _ in 0..<2_000 where !isCutOff {
            if case .pending = try reader.next() { isCutOff = true }
            bell.wait(milliseconds: 5)
        }
        #expect(isCutOff)
        try cluster.setBroker(1, isUp: true)
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
    }

    @Test("a missing topic is a fault that names those that exist, and is not created")
    func missingTopic() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("social.mentions", partitions: 1)
        for _ in 0..<2 {
            let fault = #expect(throws: Fault.self) {
                try open(
                    [("brokers", .string(cluster.brokers)), ("topics", .string("social.mention"))], untilEnd: false)
            }
            #expect(fault?.code == "kafka.topic_missing")
            #expect(fault?.hint?.contains("did you mean social.mentions?") == true)
        }
    }

    @Test("an unreachable broker is waited for and then a fault with what to do")
    func unreachable() throws {
        let reported = Reported()
        let fault = #expect(throws: Fault.self) {
            try open(
                [
                    ("brokers", .string("127.0.0.1:1")), ("topics", .string("posts")),
                    ("connect_timeout", .duration(.seconds(1))),
                ], untilEnd: false, reported: reported)
        }
        #expect(fault?.code == "kafka.unreachable")
        #expect(reported.codes == ["kafka.waiting"])
    }

    @Test("records that the broker deleted before they were read are told, and reading goes on after them")
    func expired() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts", properties: [("compression.codec", "none")])
        try writer.write("first", partition: 0)
        try writer.flush()
        let reported = Reported()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", .string("posts"))], untilEnd: false, reported: reported)
        // The mock broker keeps 5 MB.
        let filler = String(repeating: "x", count: 100_000)
        for index in 0..<100 {
            try writer.write("\(index) \(filler)", partition: 0)
            if index % 5 == 4 { try writer.flush() }
        }
        let bell = Bell()
        let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
        defer { reader.close() }
        var seen = Seen()
        #expect(try read(reader, bell: bell, until: .caughtUp, into: &seen))
        let first = try #require(seen.records.first?.offset)
        #expect(first > 1)
        #expect(seen.records.map(\.offset) == Array(first...100))
        #expect(reported.codes == ["kafka.records_expired"])
    }

    @Test("a topic that holds less than was read from it stops the run with a fault")
    func madeAnew() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for _ in 0..<10 { try writer.write("r", partition: 0) }
        try writer.flush()
        let source = KafkaSource(
            settings: KafkaSourceSettings(
                endpoint: KafkaEndpoint(
                    brokers: cluster.brokers, properties: KafkaProperties(), patienceSeconds: 10),
                topics: ["posts"], start: .earliest),
            partitions: [KafkaPartition(topic: "posts", topicIndex: 0, partition: 0, start: 5_000)], untilEnd: false,
            clientName: "test", readAhead: ReadAhead(memory: nil),
            reports: KafkaReports(clock: SystemClock(), secrets: [], send: { _ in }))
        let bell = Bell()
        let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
        defer { reader.close() }
        var seen = Seen()
        let fault = #expect(throws: Fault.self) { try read(reader, bell: bell, until: .end, into: &seen) }
        #expect(fault?.code == "kafka.offset_beyond_end")
    }

    @Test("a reader fetches ahead what the run's memory allows, within bounds, and the file may say otherwise")
    func readAhead() {
        #expect(ReadAhead(memory: nil).kibibytes == 16_384)
        #expect(ReadAhead(memory: 256 << 20).kibibytes == 1_024)
        #expect(ReadAhead(memory: 1 << 20).kibibytes == 512)
        #expect(ReadAhead(memory: 1 << 40).kibibytes == 16_384)
        #expect(ReadAhead(memory: 256 << 20).properties.map(\.1) == ["1024", "1"])
    }
}
