import Primitives

/// What must come out, computed from the log by brute force and without the code that is tested.
enum Oracle {
    /// The horizon of `dedupe` in microseconds.
    static let dedupeWithin: Int64 = 2_000_000

    /// What a part of the log leads to.
    struct Expected {
        /// How often each id passes the filter, and `dedupe` if there is one.
        var passed: [Int64: Int] = [:]
        var windows: [WindowRow.Key: WindowRow] = [:]
        var late: [Int64: Int] = [:]
        var dead: [Int64: Int] = [:]
        var messages: Set<Int64> = []
    }

    /// - Parameter positions: how far each lane has been read; `nil`: to its end.
    static func expected(_ world: World, upTo positions: [Int]? = nil) -> Expected {
        let scenario = world.scenario
        var expected = Expected()
        var seen: Set<Int64> = []
        for (index, lane) in world.log.lanes.enumerated() {
            let end = positions.map { $0[index] } ?? lane.events.count
            var latest = Int64.min
            var seenInLane: Set<Int64> = []
            for batch in lane.batches {
                // Late is what the watermark of its lane had passed before its batch.
                let floor = latest == .min ? latest : latest - scenario.delay
                for event in lane.events[batch.clamped(to: 0..<end)] {
                    guard !event.isBroken else {
                        expected.dead[event.id, default: 0] += 1
                        continue
                    }
                    latest = max(latest, event.time)
                    guard event.value > scenario.filterAbove else { continue }
                    if scenario.dedupes {
                        if scenario.repeatsAcrossLanes {
                            guard seen.insert(event.id).inserted else { continue }
                        } else if !passesDedupe(event, floor, &seenInLane) {
                            continue
                        }
                    }
                    expected.passed[event.id, default: 0] += 1
                    if event.value > SimulatedJob.alertAbove { expected.messages.insert(event.id) }
                    add(event, floor, scenario, &expected)
                }
            }
        }
        return expected
    }

    /// Whether a row passes: a bucket (a quarter of the horizon) is forgotten once no row at the floor or later can
    /// repeat what happened in it; a repeat has the time of what it repeats.
    private static func passesDedupe(_ event: Event, _ floor: Int64, _ seen: inout Set<Int64>) -> Bool {
        let size = dedupeWithin / 4
        let isForgotten = floor != .min && (event.time / size + 1) * size + dedupeWithin <= floor
        if isForgotten { return true }
        return seen.insert(event.id).inserted
    }

    private static func add(_ event: Event, _ floor: Int64, _ scenario: Scenario, _ expected: inout Expected) {
        var isTaken = false
        for (start, end) in windows(of: event.time, scenario.window) {
            guard floor == .min || end + scenario.lateness > floor else { continue }
            isTaken = true
            let key = WindowRow.Key(start: start, end: end, key: "key\(event.key)")
            var row =
                expected.windows[key]
                ?? WindowRow(key: key, count: 0, sum: 0, low: .max, high: .min)
            row.count += 1
            row.sum += event.value
            row.low = min(row.low, event.value)
            row.high = max(row.high, event.value)
            expected.windows[key] = row
        }
        if !isTaken { expected.late[event.id, default: 0] += 1 }
    }

    /// Every window that holds a time, found by trying.
    static func windows(of time: Int64, _ window: Scenario.Window) -> [(start: Int64, end: Int64)] {
        switch window {
        case .tumbling(let size):
            return [(time / size * size, time / size * size + size)]
        case .hopping(let size, let every):
            var found: [(Int64, Int64)] = []
            var start = time / every * every
            while start + size > time {
                found.append((start, start + size))
                start -= every
            }
            return found
        case .cumulative(let size, let step):
            let start = time / size * size
            return stride(from: step, through: size, by: Int(step)).filter { start + $0 > time }
                .map { (start, start + $0) }
        }
    }
}
