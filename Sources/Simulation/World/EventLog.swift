import Primitives

/// One record of the log.
struct Event: Hashable {
    var id: Int64
    var key: Int
    var value: Int64
    /// Event time in microseconds.
    var time: Int64
    /// Whether no decoder can read it.
    var isBroken = false
}

/// One partition: its records in their order, and when they can be read.
struct LogLane {
    var events: [Event] = []
    /// The records that are written together.
    var batches: [Range<Int>] = []
    /// When each batch can be read, in nanoseconds of the simulated clock.
    var arrivals: [Int64] = []
    /// Where each round of input ends.
    var ends: [Int] = []
}

/// The generated input: partitions with duplicates, disorder, late and broken records, bursts and pauses.
struct EventLog {
    static let timeOrigin: Int64 = 1_700_000_000_000_000

    let lanes: [LogLane]
    /// The next id that has not been given.
    private(set) var idCount: Int64 = 0

    init(_ scenario: Scenario) {
        var random = RandomSource(seed: scenario.seed ^ 0x1065)
        var made: [LogLane] = Array(repeating: LogLane(), count: scenario.lanes)
        var written: [Event] = []
        for round in 0..<scenario.rounds {
            // A later round is later in event time too, whatever lane it is in: a stream that goes on.
            let start = Self.timeOrigin + Int64(round) * 3_600_000_000
            for lane in made.indices {
                Self.extend(
                    &made[lane], scenario, start: start, round: round, &random, idCount: &idCount, written: &written)
            }
        }
        lanes = made
    }

    private static func extend(
        _ lane: inout LogLane, _ scenario: Scenario, start: Int64, round: Int, _ random: inout RandomSource,
        idCount: inout Int64, written: inout [Event]
    ) {
        var latest = start
        let count = random.below(scenario.eventsPerRound + 1)
        var fresh: [Event] = []
        let ownStart = lane.events.count
        func grained(_ time: Int64) -> Int64 { time / scenario.grain * scenario.grain }
        for _ in 0..<count {
            latest = grained(latest + Int64(random.below(scenario.stepMax)))
            var event = Event(
                id: idCount, key: random.below(scenario.keys), value: Int64(random.below(1_000)) - 200, time: latest)
            if random.unit() < scenario.disorder {
                event.time = max(start, latest - grained(Int64(random.below(Int(scenario.delay) + 1))))
            }
            if random.unit() < scenario.lateShare {
                event.time = max(start, latest - grained(Int64(random.below(Int(scenario.lateBy) + 1))))
            }
            let own = lane.events[ownStart...]
            if random.unit() < scenario.repeats,
                let earlier = scenario.repeatsAcrossLanes
                    ? written.randomElement(using: &random) : own.randomElement(using: &random),
                !earlier.isBroken, scenario.lateShare > 0 || earlier.time >= max(start, latest - scenario.delay)
            {
                event = earlier
            } else {
                idCount += 1
                event.isBroken = random.unit() < scenario.brokenShare
            }
            fresh.append(event)
            lane.events.append(event)
            if !event.isBroken { latest = max(latest, event.time) }
        }
        written += fresh
        cut(&lane, from: ownStart, scenario, round: round, &random)
    }

    private static func cut(
        _ lane: inout LogLane, from start: Int, _ scenario: Scenario, round: Int, _ random: inout RandomSource
    ) {
        var position = start
        var arrival = Int64(round) * 1_000_000
        while position < lane.events.count {
            let end = min(lane.events.count, position + 1 + random.below(scenario.batchMax))
            lane.batches.append(position..<end)
            lane.arrivals.append(arrival)
            position = end
            // A burst comes at once; now and then nothing comes for a while.
            switch random.below(10) {
            case 0: arrival += Int64(random.below(Int(scenario.pauseMax)))
            case 1...3: arrival += Int64(random.below(2_000_000))
            default: break
            }
        }
        lane.ends.append(lane.events.count)
    }
}
