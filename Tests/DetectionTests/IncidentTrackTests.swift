import Primitives
import Testing

@testable import Detection

@Suite("The life of an incident")
struct IncidentTrackTests {
    /// What was told, as text: `open 3@10`.
    private func told(_ transitions: [IncidentTransition]) -> [String] {
        transitions.map { "\($0.status.rawValue) \($0.incident.level)@\($0.time)" }
    }

    /// Observes levels at times, -1 for what keeps an incident open; then lets time pass.
    private func run(_ observed: [(at: Int64, level: Int)], until end: Int64, _ policy: IncidentPolicy) -> [String] {
        var track = IncidentTrack()
        var all: [IncidentTransition] = []
        for (time, level) in observed {
            all += track.observe(level: max(0, level), isKept: level < 0, at: time, policy)
        }
        return told(all + track.advance(to: end, policy))
    }

    @Test("it opens, escalates, and is over after the quiet, at the time that was due")
    func simple() {
        let policy = IncidentPolicy(quiet: 100)
        #expect(
            run([(10, 1), (20, 2), (30, 1), (40, 0)], until: 1_000, policy)
                == ["open 1@10", "escalate 2@20", "resolve 2@130"])
        #expect(run([(10, 1)], until: 110, policy) == ["open 1@10"])
        #expect(run([(10, 1), (110, 0)], until: 0, policy) == ["open 1@10", "resolve 1@110"])
        #expect(run([(10, 1), (110, 1)], until: 0, policy) == ["open 1@10"])
    }

    @Test("between the thresholds an open incident stays and none opens")
    func hysteresis() {
        let policy = IncidentPolicy(quiet: 10)
        #expect(
            run([(0, -1), (5, 2), (14, -1), (23, -1), (32, 0)], until: 1_000, policy) == ["open 2@5", "resolve 2@33"])
    }

    @Test("a condition that does not hold for long enough opens nothing")
    func hold() {
        let policy = IncidentPolicy(hold: 30, quiet: 100)
        #expect(run([(0, 1), (10, 0), (20, 1), (40, 1)], until: 41, policy).isEmpty)
        #expect(run([(0, 1), (10, 3), (30, 1)], until: 31, policy) == ["open 3@30"])
        #expect(run([(0, 1), (200, 1), (229, 1)], until: 230, policy).isEmpty)
    }

    @Test("in the cool-down only something worse opens another; after it anything does")
    func cooldown() {
        let policy = IncidentPolicy(quiet: 10, cooldown: 100)
        #expect(
            run([(0, 2), (20, 2), (50, 2), (110, 1)], until: 0, policy) == ["open 2@0", "resolve 2@10", "open 1@110"])
        #expect(run([(0, 2), (20, 2), (30, 3)], until: 0, policy) == ["open 2@0", "resolve 2@10", "open 3@30"])
    }

    @Test("while it lasts it is told again, until somebody has seen it, and again when it gets worse")
    func updates() {
        let policy = IncidentPolicy(quiet: 1_000, update: 10)
        var track = IncidentTrack()
        var all = track.observe(level: 1, at: 0, policy) + track.advance(to: 21, policy)
        all += [track.acknowledge(at: 25), track.acknowledge(at: 26)].compactMap { $0 }
        all += track.observe(level: 1, at: 90, policy) + track.observe(level: 2, at: 95, policy)
        all += track.advance(to: 106, policy)
        #expect(
            told(all) == [
                "open 1@0", "update 1@10", "update 1@20", "acknowledge 1@25", "escalate 2@95", "update 2@105",
            ])
    }

    @Test("a mute window withholds everything but ends; what still holds is told behind it")
    func mute() {
        let policy = IncidentPolicy(quiet: 50, update: 10, mute: [.once(100..<200), .once(200..<220)])
        #expect(run([(110, 1), (150, 2), (190, 2)], until: 221, policy) == ["open 2@220"])
        #expect(run([(110, 1)], until: 500, policy).isEmpty)
        #expect(run([(95, 1), (130, 3)], until: 500, policy) == ["open 1@95", "resolve 3@180"])
        let endless = IncidentPolicy(quiet: 5, mute: [.weekly(days: Set(0...6), from: 0, to: MuteWindow.day)])
        #expect(run([(1, 1)], until: 1_000, endless).isEmpty)
    }

    @Test("windows of the week know their days, also past midnight and past Sunday")
    func weekly() {
        let hour: Int64 = 3_600_000_000
        let nights = MuteWindow.weekly(days: [4, 6], from: 22 * hour, to: 6 * hour)
        // Friday 2 January 1970, and Sunday the 4th.
        let friday = MuteWindow.day
        #expect(nights.end(at: friday + 21 * hour) == nil)
        #expect(nights.end(at: friday + 22 * hour) == friday + 30 * hour)
        #expect(nights.end(at: friday + 30 * hour) == nil)
        let sunday = 3 * MuteWindow.day
        #expect(nights.end(at: sunday + 29 * hour) == sunday + 30 * hour)
        #expect(nights.end(at: sunday + 29 * hour - 7 * MuteWindow.day) == sunday + 30 * hour - 7 * MuteWindow.day)
        #expect([nights].firstOpen(from: sunday + 23 * hour) == sunday + 30 * hour)
        for time in [Int64.min, .max] { #expect(nights.end(at: time) == nil || nights.end(at: time) != 0) }
    }

    @Test("the same is told whatever steps the time is passed in")
    func steps() {
        for seed in UInt64(0)..<300 {
            var random = RandomSource(seed: seed)
            let policy = IncidentPolicy(
                hold: Int64(random.below(3) * 20), quiet: Int64(random.below(80)), cooldown: Int64(random.below(100)),
                update: Int64(random.below(2) * 25), mute: random.below(2) == 0 ? [] : [.once(300..<420)])
            var time: Int64 = 0
            let observed = (0..<60).map { _ -> (at: Int64, level: Int) in
                time += Int64(random.below(30))
                return (time, [0, 0, 0, 1, 2, 3, -1][random.below(7)])
            }
            var stepped = IncidentTrack()
            var all: [IncidentTransition] = []
            var passed: Int64 = 0
            for (at, level) in observed {
                while passed < at, random.below(3) > 0 {
                    passed = min(at, passed + Int64(random.below(20)))
                    all += stepped.advance(to: passed, policy)
                }
                all += stepped.observe(level: max(0, level), isKept: level < 0, at: at, policy)
                passed = max(passed, at)
            }
            all += stepped.advance(to: time + 500, policy)
            #expect(told(all) == run(observed, until: time + 500, policy), "seed \(seed)")
            // Every incident that is told has a beginning, and no end without one.
            var isOpen = false
            for transition in all {
                #expect(isOpen == (transition.status != .open))
                isOpen = transition.status != .resolve
            }
        }
    }
}
