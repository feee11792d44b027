import Columnar
import Dataflow
import Primitives

/// The log as one run reads it: by partition, from the positions that the run was given.
final class SimulatedSource: Source, @unchecked Sendable {
    // Sendable: one thread runs the whole simulation.
    let laneCount: Int
    let sharesLanes: Bool
    let isBounded: Bool
    fileprivate let life: Life
    fileprivate let round: Int
    /// By lane: the next record, and the number of the next frame.
    fileprivate var next: [Int]
    fileprivate var sequences: [Int64]

    /// - Parameter round: how many rounds of input are there to be read.
    init(_ life: Life, positions: [String: Int], round: Int) {
        self.life = life
        self.round = round
        let scenario = life.world.scenario
        laneCount = scenario.lanes
        sharesLanes = scenario.sharesLanes
        isBounded = scenario.isBounded
        next = (0..<scenario.lanes).map { positions["lane \($0)"] ?? 0 }
        sequences = Array(repeating: 0, count: scenario.lanes)
    }

    func laneName(_ lane: Int) -> String { "lane \(lane)" }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        SimulatedReader(self, lanes: (0..<laneCount).filter { sharesLanes || $0 % subtasks == subtask })
    }

    var asJob: JobSource {
        JobSource(
            source: self, makeDecoder: { SimulatedDecoder(self) },
            delay: .microseconds(life.world.scenario.delay), idle: nil, onError: .deadLetter)
    }

    fileprivate func end(_ lane: Int) -> Int { life.world.log.lanes[lane].ends[round] }

    /// The records that can be read next in a lane; `nil` if none have come yet.
    fileprivate func available(_ lane: Int) -> Range<Int>? {
        let world = life.world
        let from = next[lane]
        let log = world.log.lanes[lane]
        guard from < end(lane), let batch = log.batches.firstIndex(where: { $0.contains(from) }) else { return nil }
        let now = world.clock.elapsed
        guard log.arrivals[batch] <= now else { return nil }
        guard world.scenario.recuts else { return from..<log.batches[batch].upperBound }
        var last = batch
        while last + 1 < log.batches.count, log.arrivals[last + 1] <= now, log.batches[last].upperBound < end(lane) {
            last += 1
        }
        let most = min(log.batches[last].upperBound, end(lane)) - from
        return from..<from + 1 + world.random.below(most)
    }
}

private final class SimulatedReader: SourceReader {
    let lanes: [Int]
    private let source: SimulatedSource

    init(_ source: SimulatedSource, lanes: [Int]) {
        self.source = source
        self.lanes = lanes
    }

    func next() throws(Fault) -> SourceEvent {
        let world = source.life.world
        let open = lanes.filter { source.next[$0] < source.end($0) }
        guard !open.isEmpty else { return .end }
        guard !world.chance(0.1) else { return .pending }
        let lane = open[world.random.below(open.count)]
        guard let records = source.available(lane) else { return .caughtUp }
        let sequence = source.sequences[lane]
        source.next[lane] = records.upperBound
        source.sequences[lane] += 1
        return .records(
            RawRecords(
                lane: lane, sequence: sequence, origin: "log", partition: Int32(lane),
                records: records.map { RawRecord(bytes: nil, offset: Int64($0)) }, isPadded: false, release: {}))
    }

    func positions() -> [(lane: Int, position: String)] {
        lanes.map { ($0, "\(source.next[$0])") }
    }

    func close() {}
}

/// Makes the records of the log into rows `(id, key, value)` with event times.
private final class SimulatedDecoder: Decoder {
    let schema = EventRows.schema
    private let source: SimulatedSource

    init(_ source: SimulatedSource) {
        self.source = source
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        let events = source.life.world.log.lanes[records.lane].events
        var rejected: [DeadLetter] = []
        var read: [Event] = []
        for record in records.records {
            let event = events[Int(record.offset)]
            guard event.isBroken else {
                read.append(event)
                continue
            }
            rejected.append(
                DeadLetter(
                    code: "simulation.broken", reason: "the record is broken", origin: records.origin,
                    partition: records.partition, offset: record.offset, bytes: Array("\(event.id)".utf8)))
        }
        return DecodedRecords(batch: EventRows.batch(read), rejected: rejected)
    }
}

/// The rows of the log.
enum EventRows {
    static let schema = Schema([Field("id", .int64), Field("key", .string), Field("value", .int64)])

    static func batch(_ events: [Event]) -> RecordBatch {
        let ids = ColumnBuilder(.int64)
        let keys = ColumnBuilder(.string)
        let values = ColumnBuilder(.int64)
        let times = ColumnBuilder(.timestamp)
        for event in events {
            ids.append(event.id)
            keys.append("key\(event.key)")
            values.append(event.value)
            times.append(event.time)
        }
        return RecordBatch(
            schema: schema, columns: [ids.finish(), keys.finish(), values.finish()], rowCount: events.count,
            eventTimes: times.finish().asInt64)
    }

    /// The ids of the selected rows.
    static func ids(_ batch: RecordBatch) -> [Int64] {
        guard let column = batch.columns.first?.asInt64 else { return [] }
        var ids: [Int64] = []
        batch.forEachRow { ids.append(column.values[$0]) }
        return ids
    }

    /// The ids that dead letters carry as their bytes.
    static func letterIDs(_ batch: RecordBatch) -> [Int64] {
        guard let bytes = batch.columns[7].asBytes else { return [] }
        var ids: [Int64] = []
        batch.forEachRow { ids.append(Int64(bytes.string($0)) ?? -1) }
        return ids
    }

    static func render(_ batch: RecordBatch, _ row: Int) -> [UInt8] {
        guard let column = batch.columns.first?.asInt64 else { return [] }
        return Array("\(column.values[row])".utf8)
    }
}
