import Dataflow
import Glibc
import Primitives
import Testing

@testable import KafkaConnector

@Suite(
    "Kafka, on a real broker", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: RealBroker.isAvailable, "needs the broker that tools/setup places at .deps/bin/tansu"))
struct RealBrokerTests {
    @Test("a topic is created once, listed, written with every codec and read whole by any number of readers")
    func roundTrip() throws {
        let broker = try RealBroker()
        let admin = try KafkaAdmin(brokers: broker.address)
        #expect(try admin.createTopic("posts", partitions: 4))
        #expect(try !admin.createTopic("posts", partitions: 4))
        #expect(try admin.topics().contains { $0 == ("posts", 4) })

        var expected: [String] = []
        for codec in ["none", "lz4", "zstd", "snappy", "gzip"] {
            let writer = try Writer(broker.address, "posts", properties: [("compression.codec", codec)])
            for index in 0..<2_000 {
                try writer.write("\(codec) \(index)", partition: Int32(index % 4))
                expected.append("\(codec) \(index)")
            }
            try writer.flush()
        }
        for readers in [1, 2] {
            let source = try open(
                [("brokers", .string(broker.address)), ("topics", .string("posts"))], untilEnd: true)
            let seen = try readWhole(source, readers: readers)
            let isWhole = seen.texts == expected.sorted()
            #expect(isWhole && seen.records.count == expected.count)
        }
    }

    @Test("a run that goes on reads on where the one before was, and another topic of the same name is told apart")
    func positions() throws {
        let broker = try RealBroker()
        let admin = try KafkaAdmin(brokers: broker.address)
        try admin.createTopic("posts", partitions: 3)
        let writer = try Writer(broker.address, "posts")
        for index in 0..<9_000 { try writer.write("r\(index)", partition: Int32(index % 3)) }
        try writer.flush()
        let members: [(String, Settings.Value)] = [
            ("brokers", .string(broker.address)), ("topics", .string("posts")),
        ]
        var seen = Seen()
        var positions: [String: String] = [:]
        for round in 0..<3 {
            let source = try open(members, untilEnd: false, positions: positions)
            let bell = Bell()
            let reader = try source.makeReader(subtask: 0, of: 1, wake: { bell.ring() })
            #expect(try read(reader, bell: bell, until: .records(seen.records.count + 500 * round + 1), into: &seen))
            reader.close()
            for (lane, position) in reader.positions() { positions[source.laneName(lane)] = position }
        }
        let whole = try readWhole(open(members, untilEnd: true, positions: positions), readers: 2, into: seen)
        #expect(whole.records.count == 9_000 && whole.texts == (0..<9_000).map { "r\($0)" }.sorted())

        // As if the topic had been made anew.
        try admin.createTopic("young", partitions: 1)
        let fault = #expect(throws: Fault.self) {
            try open(
                [("brokers", .string(broker.address)), ("topics", .string("young"))], untilEnd: false,
                positions: ["young [0]": PartitionPosition(offset: 3_000).text])
        }
        #expect(fault?.code == "kafka.offset_beyond_end")
    }

    @Test("a start in time begins at the first record written then or later")
    func startTime() throws {
        let broker = try RealBroker()
        try KafkaAdmin(brokers: broker.address).createTopic("posts", partitions: 2)
        let writer = try Writer(broker.address, "posts")
        // 2026-01-01T00:00:00Z, one record a second, each in a batch of its own, as brokers look up batches.
        let begin: Int64 = 1_767_225_600_000
        for index in 0..<10 {
            try writer.write("r\(index)", partition: 0, timestamp: begin + Int64(index) * 1_000)
            try writer.flush()
        }
        for (start, first) in [
            ("2026-01-01T00:00:04Z", 4), ("2026-01-01T00:00:03.000001Z", 4), ("2020-01-01T00:00:00Z", 0),
            ("2030-01-01T00:00:00Z", 10),
        ] {
            let source = try open(
                [
                    ("brokers", .string(broker.address)), ("topics", .string("posts")), ("start", .string(start)),
                ], untilEnd: true)
            let seen = try readWhole(source, readers: 1)
            #expect(seen.records.map(\.text) == (first..<10).map { "r\($0)" }, "start \(start)")
        }
    }

    @Test("a missing topic is not created by asking for it")
    func missingTopic() throws {
        let broker = try RealBroker()
        let admin = try KafkaAdmin(brokers: broker.address)
        try admin.createTopic("posts", partitions: 1)
        #expect(throws: Fault.self) {
            try open([("brokers", .string(broker.address)), ("topics", .string("post"))], untilEnd: false)
        }
        #expect(throws: Fault.self) {
            try KafkaSinkFactory().open(
                settings([("brokers", .string(broker.address)), ("topic", .string("post"))]),
                sinkContext(DeadLetter.schema))
        }
        #expect(try admin.topics().map(\.name) == ["posts"])
    }

    /// With MARTLET_KAFKA_BROKERS, MARTLET_KAFKA_TOPIC and a release build: the speed of reading a topic to its end.
    @Test("how fast a topic is read", .enabled(if: getenv("MARTLET_KAFKA_TOPIC") != nil), arguments: [1, 2])
    func speed(readers: Int) throws {
        guard let brokers = getenv("MARTLET_KAFKA_BROKERS"), let topic = getenv("MARTLET_KAFKA_TOPIC") else { return }
        let clock = SystemClock()
        let began = clock.monotonicNanoseconds()
        let source = try open(
            [("brokers", .string(String(cString: brokers))), ("topics", .string(String(cString: topic)))],
            untilEnd: true)
        var (records, bytes, batches) = (0, 0, 0)
        var usageBefore = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usageBefore)
        for subtask in 0..<readers {
            let bell = Bell()
            let reader = try source.makeReader(subtask: subtask, of: readers, wake: { bell.ring() })
            defer { reader.close() }
            reading: while true {
                switch try reader.next() {
                case .records(let batch):
                    batches += 1
                    records += batch.records.count
                    for record in batch.records { bytes += record.bytes?.count ?? 0 }
                case .end: break reading
                case .pending, .caughtUp: bell.wait(milliseconds: 5)
                }
            }
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func cpu(_ usage: rusage) -> Double {
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        }
        let seconds = Double(clock.monotonicNanoseconds() - began) / 1e9
        print(
            "kafka: \(readers) readers one after the other, \(records) records, \(bytes / 1_000_000) MB, "
                + "\(batches) batches in \(seconds) s: \(Int(Double(records) / seconds))/s, "
                + "\((cpu(usage) - cpu(usageBefore)) / Double(max(1, records)) * 1e6) µs CPU a record, "
                + "max memory \(usage.ru_maxrss / 1_024) MB")
    }
}
