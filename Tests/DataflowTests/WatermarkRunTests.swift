import Columnar
import Primitives
import Testing

@testable import Dataflow

private func at(_ microseconds: Int64) -> EventTime { EventTime(microseconds: microseconds) }

@Suite("Watermarks of a run")
struct WatermarkRunTests {
    private func post(_ id: Int64, _ time: Int64) -> Post { Post(id: id, key: "k", time: time) }

    /// Runs a script in one subtask and returns what an operator behind the source saw.
    private func trace(
        _ script: [SimulatedSource.Entry], lanes: Int, delay: Duration = .zero, idle: Duration? = nil
    ) throws -> [Trace.Event] {
        var job = TestJob()
        let source = SimulatedSource(script, lanes: lanes, clock: job.clock)
        let trace = Trace()
        let traced = job.local(job.source(source.asJob(delay: delay, idle: idle)), make: trace.make)
        job.sink(traced, to: Collected().sink())
        try job.run(subtasks: 1)
        return trace.events()
    }

    @Test("the watermark follows the slowest partition")
    func slowest() throws {
        let events = try trace(
            [
                .init(lane: 0, step: .posts([post(1, 100)])), .init(lane: 1, step: .posts([post(2, 30)])),
                .init(lane: 0, step: .posts([post(3, 200)])), .init(lane: 1, step: .posts([post(4, 150)])),
            ], lanes: 2)
        #expect(
            events == [
                .frame(floor: .distantPast, ids: [1]), .frame(floor: .distantPast, ids: [2]), .watermark(at(30)),
                .frame(floor: at(100), ids: [3]), .frame(floor: at(30), ids: [4]), .watermark(at(150)),
                .watermark(.distantFuture),
            ])
    }

    @Test("the watermark stays the delay behind the latest event")
    func delayed() throws {
        let events = try trace(
            [.init(lane: 0, step: .posts([post(1, 100)])), .init(lane: 0, step: .posts([post(2, 50)]))], lanes: 1,
            delay: .microseconds(40))
        #expect(
            events == [
                .frame(floor: .distantPast, ids: [1]), .watermark(at(60)), .frame(floor: at(60), ids: [2]),
                .watermark(.distantFuture),
            ])
    }

    @Test("an idle partition stops holding the others back, and comes back without jumping time")
    func idle() throws {
        let events = try trace(
            [
                .init(lane: 0, step: .posts([post(1, 100)])), .init(lane: 1, step: .posts([post(2, 30)])),
                .init(lane: 0, step: .advance(milliseconds: 900)), .init(lane: 0, step: .posts([post(3, 200)])),
                // Lane 1 is cut off, not caught up: it may still have the past to tell.
                .init(lane: 0, step: .advance(milliseconds: 200)), .init(lane: 0, step: .pending),
                .init(lane: 0, step: .posts([post(4, 210)])),
                .init(lane: 0, step: .caughtUp), .init(lane: 0, step: .posts([post(5, 220)])),
                .init(lane: 1, step: .posts([post(6, 215)])), .init(lane: 0, step: .posts([post(7, 500)])),
                .init(lane: 1, step: .posts([post(8, 300)])),
            ], lanes: 2, idle: .seconds(1))
        #expect(
            events == [
                .frame(floor: .distantPast, ids: [1]), .frame(floor: .distantPast, ids: [2]), .watermark(at(30)),
                .frame(floor: at(100), ids: [3]), .frame(floor: at(200), ids: [4]),
                .watermark(at(210)),  // lane 1 rests
                .frame(floor: at(210), ids: [5]), .watermark(at(220)),
                .frame(floor: at(220), ids: [6]),  // lane 1 wakes where the stream has got to
                .frame(floor: at(220), ids: [7]), .frame(floor: at(220), ids: [8]), .watermark(at(300)),
                .watermark(.distantFuture),
            ])
    }

    @Test("once every partition is idle the watermark is the latest event")
    func allIdle() throws {
        let events = try trace(
            [
                .init(lane: 0, step: .posts([post(1, 100)])), .init(lane: 0, step: .advance(milliseconds: 5_000)),
                .init(lane: 0, step: .caughtUp), .init(lane: 0, step: .posts([post(2, 101)])),
            ], lanes: 2, delay: .microseconds(50), idle: .seconds(1))
        #expect(
            events == [
                .frame(floor: .distantPast, ids: [1]), .watermark(at(100)), .frame(floor: at(100), ids: [2]),
                .watermark(.distantFuture),
            ])
    }

    @Test("without `idle` a silent partition holds the stream for as long as it takes")
    func neverIdle() throws {
        let events = try trace(
            [
                .init(lane: 0, step: .posts([post(1, 100)])), .init(lane: 0, step: .advance(milliseconds: 1 << 40)),
                .init(lane: 0, step: .caughtUp), .init(lane: 0, step: .posts([post(2, 200)])),
            ], lanes: 2)
        #expect(
            events == [
                .frame(floor: .distantPast, ids: [1]), .frame(floor: at(100), ids: [2]), .watermark(.distantFuture),
            ])
    }

    @Test("the frames of one file get the same floors whichever subtask reads them", arguments: 1...4, 0..<5)
    func sharedLane(subtasks: Int, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let frames = (0..<120).map { number in
            (0..<random.below(5)).map { _ in post(Int64(number), Int64(number * 10 + random.below(60))) }
        }
        var expected: [Int64: EventTime] = [:]
        var latest = EventTime.distantPast
        for frame in frames {
            if let id = frame.first?.id { expected[id] = latest.advanced(byMicroseconds: -20) }
            for post in frame { latest = max(latest, at(post.time)) }
        }
        var job = TestJob()
        let source = SimulatedSource(lanes: [frames], sharesLanes: true, hesitation: 0.5, seed: seed)
        let trace = Trace()
        let traced = job.local(job.source(source.asJob(delay: .microseconds(20))), make: trace.make)
        let out = Collected()
        job.sink(traced, to: out.sink())
        try job.run(subtasks: subtasks)
        var watermarks = Array(repeating: EventTime.distantPast, count: subtasks)
        var seen = 0
        for (subtask, event) in trace.all {
            switch event {
            case .watermark(let time):
                #expect(time > watermarks[subtask])
                watermarks[subtask] = time
            case .frame(let floor, let ids):
                #expect(floor >= watermarks[subtask])
                guard let id = ids.first else { continue }
                #expect(floor == expected[id])
                seen += ids.count
            }
        }
        #expect(seen == frames.joined().count)
        #expect(watermarks.allSatisfy { $0 == .distantFuture })
        #expect(out.ids.sorted() == frames.joined().map(\.id))
    }

    @Test("no subtask is told of a time that rows on their way to it have not passed", arguments: 1...4, 0..<4)
    func noFrameBehindItsWatermark(subtasks: Int, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let lanes = (0..<5).map { lane in
            (0..<40).map { frame in
                (0..<3).map { _ in
                    Post(
                        id: Int64(frame), key: "k\(random.below(50))",
                        time: Int64(frame * 10 * (lane + 1) + random.below(30)))
                }
            }
        }
        var job = TestJob()
        let source = SimulatedSource(lanes: lanes, hesitation: 0.3, seed: seed)
        let trace = Trace()
        let judged = job.placed(job.source(source.asJob(delay: .microseconds(5))), .judged(FirstOfKey()))
        let keyed = job.placed(
            judged, .keyed(keys: [FieldPath(indices: [1], field: Post.schema.fields[1])], trace.make))
        job.sink(keyed, to: Collected().sink())
        try job.run(subtasks: subtasks)
        var watermarks = Array(repeating: EventTime.distantPast, count: subtasks)
        for (subtask, event) in trace.all {
            switch event {
            case .watermark(let time): watermarks[subtask] = time
            case .frame(let floor, _): #expect(floor >= watermarks[subtask])
            }
        }
    }
}
