import Dataflow
import Primitives
import Testing

@testable import KafkaConnector

@Suite("Kafka positions, on mock brokers", .timeLimit(.minutes(2)))
struct KafkaPositionTests {
    /// Reads some frames of every reader, and says where it has come to.
    private func read(
        _ source: any Source, readers: Int, frames: Int, afterClose: Bool, into seen: inout Seen
    ) throws -> [String: String] {
        var positions: [String: String] = [:]
        for subtask in 0..<readers {
            let bell = Bell()
            let reader = try source.makeReader(subtask: subtask, of: readers, wake: { bell.ring() })
            let limit = SystemClock().monotonicNanoseconds() + 20_000_000_000
            var taken = 0
            reading: while taken < frames, SystemClock().monotonicNanoseconds() < limit {
                switch try reader.next() {
                case .records(let records):
                    seen.add(records)
                    taken += 1
                case .pending, .caughtUp: bell.wait(milliseconds: 5)
                case .end: break reading
                }
            }
            if afterClose { reader.close() }
            for (lane, position) in reader.positions() { positions[source.laneName(lane)] = position }
            if !afterClose { reader.close() }
        }
        return positions
    }

    @Test(
        "a run that goes on reads exactly what the one before had not handed out, with any number of readers",
        arguments: [(0, 1, 2), (1, 1, 2), (2, 3, 1), (7, 2, 3)], [false, true])
    func resumes(step: (frames: Int, readers: Int, laterReaders: Int), afterClose: Bool) throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 4)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<20_000 { try writer.write("r\(index)", partition: Int32(index % 4)) }
        try writer.flush()
        let members: [(String, Settings.Value)] = [
            ("brokers", .string(cluster.brokers)), ("topics", strings(["posts"])),
        ]
        var seen = Seen()
        let positions = try read(
            open(members, untilEnd: true), readers: step.readers, frames: step.frames, afterClose: afterClose,
            into: &seen)
        #expect(Set(positions.keys) == Set((0..<4).map { "posts [\($0)]" }))
        for index in 20_000..<20_400 { try writer.write("r\(index)", partition: Int32(index % 4)) }
        try writer.flush()
        let whole = try readWhole(
            open(members, untilEnd: true, positions: positions), readers: step.laterReaders, into: seen)
        #expect(whole.texts == (0..<20_400).map { "r\($0)" }.sorted())
    }

    @Test("a partition that the checkpoint does not know is read from its beginning, whatever start says")
    func newPartition() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 2)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<10 { try writer.write("r\(index)", partition: Int32(index % 2)) }
        try writer.flush()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", strings(["posts"])), ("start", .string("latest"))],
            untilEnd: true, positions: ["posts [0]": PartitionPosition(offset: 3).text])
        #expect(try readWhole(source, readers: 1).texts == ["r1", "r3", "r5", "r6", "r7", "r8", "r9"])
    }

    @Test("a topic that holds less than was read of it is a fault at once; its very end is not")
    func beyondEnd() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<10 { try writer.write("r\(index)", partition: 0) }
        try writer.flush()
        let members: [(String, Settings.Value)] = [
            ("brokers", .string(cluster.brokers)), ("topics", strings(["posts"])),
        ]
        for untilEnd in [true, false] {
            let end = ["posts [0]": PartitionPosition(offset: 10).text]
            _ = try open(members, untilEnd: untilEnd, positions: end)
            #expect {
                _ = try open(members, untilEnd: untilEnd, positions: ["posts [0]": PartitionPosition(offset: 11).text])
            } throws: {
                ($0 as? Fault)?.code == "kafka.offset_beyond_end"
            }
        }
    }

    @Test("an error in place of where a log begins is asked again, and not taken for an empty log", arguments: 0..<4)
    func unknownBeginning(delay: Int) throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<10 { try writer.write("r\(index)", partition: 0) }
        try writer.flush()
        // 2: ListOffsets. 78: OFFSET_NOT_AVAILABLE, as a leader says that has just been elected.
        cluster.failNext(request: 2, errors: Array(repeating: 0, count: delay) + [78])
        let reported = Reported()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", strings(["posts"]))], untilEnd: true,
            positions: ["posts [0]": PartitionPosition(offset: 2).text], reported: reported)
        #expect(try readWhole(source, readers: 1).texts == (2..<10).map { "r\($0)" })
        #expect(!reported.codes.contains("kafka.records_expired"))
    }

    @Test("records that are too early stay skipped in a run that goes on")
    func startTime() throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("posts", partitions: 1)
        let writer = try Writer(cluster.brokers, "posts")
        for index in 0..<10 { try writer.write("r\(index)", partition: 0, timestamp: Int64(1_000 + index)) }
        try writer.flush()
        let source = try open(
            [("brokers", .string(cluster.brokers)), ("topics", strings(["posts"]))], untilEnd: true,
            positions: ["posts [0]": PartitionPosition(offset: 2, notBefore: 1_006).text])
        #expect(try readWhole(source, readers: 1).texts == ["r6", "r7", "r8", "r9"])
        let text = PartitionPosition(offset: 2, notBefore: 1_006).text
        #expect(text == "{\"offset\":2,\"not_before\":1006}")
        #expect(try PartitionPosition(text).notBefore == 1_006)
    }
}
