import Primitives
import Testing

@testable import Dataflow

private func at(_ microseconds: Int64) -> EventTime { EventTime(microseconds: microseconds) }

@Suite("Event time of lanes and sources")
struct TimeTests {
    @Test("a frame's floor is the latest time of all frames before it, less the delay")
    func floors() {
        var lane = LaneProgress(delay: .microseconds(10))
        lane.publish(0, latest: at(100))
        lane.publish(1, latest: at(50))
        lane.publish(2, latest: at(200))
        #expect(lane.takeFloor(0) == .distantPast)
        #expect(lane.takeFloor(1) == at(90))
        #expect(lane.takeFloor(2) == at(90))
        #expect(lane.watermark == at(190))
        #expect(lane.takeFloor(2) == nil)
    }

    @Test("floors do not depend on the order in which frames are decoded", arguments: 0..<50)
    func outOfOrder(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let times = (0..<40).map { _ in random.below(8) == 0 ? EventTime.distantPast : at(Int64(random.below(1_000))) }
        var inOrder = LaneProgress(delay: .microseconds(7))
        for (sequence, time) in times.enumerated() { inOrder.publish(Int64(sequence), latest: time) }
        let expected = times.indices.map { inOrder.takeFloor(Int64($0)) }

        var shuffled = LaneProgress(delay: .microseconds(7))
        var promised = EventTime.distantPast
        var open = Set<Int64>()
        for sequence in times.indices.shuffled(using: &random) {
            shuffled.publish(Int64(sequence), latest: times[sequence])
            open.insert(Int64(sequence))
            // What is promised at any moment holds for every frame that is still to get its floor.
            let promise = shuffled.leastFloor(of: open.sorted())
            #expect(promise >= promised)
            promised = promise
            for waiting in open.sorted() {
                guard let floor = shuffled.takeFloor(waiting) else { continue }
                open.remove(waiting)
                #expect(floor == expected[Int(waiting)])
                #expect(floor >= promise)
            }
        }
        #expect(open.isEmpty)
        #expect(shuffled.watermark == inOrder.watermark)
    }

    @Test("the watermark of a stream with several inputs is the earliest of theirs and never goes back")
    func merged() {
        var merger = WatermarkMerger(inputs: 3)
        #expect(merger.advance(0, to: at(10)) == nil)
        #expect(merger.advance(1, to: at(20)) == nil)
        #expect(merger.advance(2, to: at(5)) == at(5))
        #expect(merger.advance(2, to: at(3)) == nil)
        #expect(merger.advance(2, to: at(30)) == at(10))
        #expect(merger.advance(0, to: .distantFuture) == at(20))
    }

    @Test("the watermark of a source is the earliest promise of its subtasks")
    func earliestPromise() {
        let progress = SourceProgress(lanes: 2, subtasks: 2, delay: .zero)
        progress.publish(lane: 0, sequence: 0, latest: at(100))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        #expect(progress.watermark == .distantPast)
        progress.publish(lane: 1, sequence: 0, latest: at(40))
        progress.promise(subtask: 1, lanes: [1], waiting: [:])
        #expect(progress.watermark == at(40))
        progress.finish(subtask: 1)
        #expect(progress.watermark == at(100))
        progress.finish(subtask: 0)
        #expect(progress.watermark == .distantFuture)
    }

    @Test("an idle subtask holds nobody back, and once all are idle the watermark is the latest event")
    func idleSubtask() {
        let progress = SourceProgress(lanes: 2, subtasks: 2, delay: .microseconds(10))
        progress.publish(lane: 0, sequence: 0, latest: at(100))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        progress.rest(subtask: 1)
        #expect(progress.watermark == at(90))
        progress.rest(subtask: 0)
        #expect(progress.watermark == at(100))
    }

    @Test("a lane that wakes starts at the watermark, so no closed window opens again")
    func wakes() {
        let progress = SourceProgress(lanes: 2, subtasks: 2, delay: .zero)
        progress.publish(lane: 0, sequence: 0, latest: at(100))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        progress.rest(subtask: 1)
        progress.wake(subtask: 1, lane: 1)
        progress.publish(lane: 1, sequence: 0, latest: at(60))
        #expect(progress.takeFloor(lane: 1, sequence: 0) == at(100))
        progress.promise(subtask: 1, lanes: [1], waiting: [:])
        #expect(progress.watermark == at(100))
    }

    @Test("a subtask that wakes one of its lanes promises no more than that lane does")
    func promiseFollowsWokenLane() {
        // Subtask 0 reads the lanes 0 (busy) and 1 (idle), subtask 1 the slow lane 2.
        let progress = SourceProgress(lanes: 3, subtasks: 2, delay: .zero)
        progress.publish(lane: 0, sequence: 0, latest: at(100))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        progress.publish(lane: 2, sequence: 0, latest: at(50))
        progress.promise(subtask: 1, lanes: [2], waiting: [:])
        #expect(progress.watermark == at(50))
        progress.wake(subtask: 0, lane: 1)
        progress.publish(lane: 2, sequence: 1, latest: at(200))
        progress.promise(subtask: 1, lanes: [2], waiting: [:])
        progress.publish(lane: 1, sequence: 0, latest: at(60))
        let floor = progress.takeFloor(lane: 1, sequence: 0)
        #expect(floor == at(50))
        // The frame is on its way with rows from 50 on: nothing may say that time has passed them.
        #expect(progress.watermark <= at(50))
        progress.promise(subtask: 0, lanes: [0, 1], waiting: [:])
        #expect(progress.watermark == at(60))
    }

    @Test("subtasks that have ended do not close the source while another is idle")
    func endedBesideIdle() {
        let progress = SourceProgress(lanes: 2, subtasks: 2, delay: .microseconds(5))
        progress.publish(lane: 0, sequence: 0, latest: at(100))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        progress.rest(subtask: 0)
        progress.finish(subtask: 1)
        #expect(progress.watermark == at(100))
        progress.wake(subtask: 0, lane: 0)
        progress.publish(lane: 0, sequence: 1, latest: at(300))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        #expect(progress.watermark == at(295))
        progress.finish(subtask: 0)
        #expect(progress.watermark == .distantFuture)
    }

    @Test("every promise holds: no frame gets a floor before the watermark it was sent behind", arguments: 0..<40)
    func promisesHold(seed: UInt64) {
        // A random life of lanes that are read, rest and wake, without threads: the rule that all verdicts on late
        // rows stand on.
        var random = RandomSource(seed: seed)
        let lanes = 4
        let subtasks = 2
        let progress = SourceProgress(lanes: lanes, subtasks: subtasks, delay: .microseconds(Int64(random.below(20))))
        var clock = Array(repeating: Int64(0), count: lanes)
        var sequences = Array(repeating: Int64(0), count: lanes)
        var active = (0..<subtasks).map { subtask in Set((0..<lanes).filter { $0 % subtasks == subtask }) }
        for _ in 0..<2_000 {
            let lane = random.below(lanes)
            let subtask = lane % subtasks
            if random.below(4) == 0 {
                guard active[subtask].remove(lane) != nil else { continue }
                if active[subtask].isEmpty {
                    progress.rest(subtask: subtask)
                } else {
                    progress.promise(subtask: subtask, lanes: active[subtask].sorted(), waiting: [:])
                }
                continue
            }
            if active[subtask].insert(lane).inserted { progress.wake(subtask: subtask, lane: lane) }
            clock[lane] += Int64(random.below(30))
            progress.publish(lane: lane, sequence: sequences[lane], latest: at(clock[lane]))
            let before = progress.watermark
            let floor = progress.takeFloor(lane: lane, sequence: sequences[lane])
            sequences[lane] += 1
            #expect(floor.map { $0 >= before } == true)
            progress.promise(subtask: subtask, lanes: active[subtask].sorted(), waiting: [:])
            #expect(progress.watermark >= before)
        }
    }
}
