import Dataflow
import Primitives

/// One seed: the log is written, and the process lives, dies and lives again until all of it has been read.
struct Simulation {
    /// What became of a seed.
    struct Outcome {
        var seed: UInt64
        var violations: [String]
        /// Of everything that happened.
        var hash: UInt64
        var steps = 0
        var points = 0
        var lives = 0
        /// How often each place where it may die was passed, if that was counted.
        var visits: [String: Int] = [:]
        var diskOperations = 0
        /// What the disk holds at the end.
        var disk = DiskContent()
        var checkpoints: Int64 = 0
        var simulatedNanoseconds: Int64 = 0
        var faults: [String: Int] = [:]
        /// Where each life ended, as points passed since the beginning.
        var crashPoints: [Int] = []
    }

    private enum End {
        case crashed
        case stopped
        case finished
    }

    /// More than any run needs: one that takes them is stuck.
    private static let stepsMax = 400_000

    private let world: World
    private var outcome: Outcome
    /// A run that was taken for dead.
    private var zombie: SteppedRun?
    /// Whether the run that lives has been told to stop.
    private var hasStopped = false

    /// - Parameter prepare: changes the world before it begins.
    static func run(seed: UInt64, isTraced: Bool = false, prepare: (World) -> Void = { _ in }) -> Outcome {
        let scenario = Scenario(seed: seed)
        let world = World(scenario, EventLog(scenario), isTraced: isTraced)
        prepare(world)
        var simulation = Simulation(world)
        return simulation.run()
    }

    private init(_ world: World) {
        self.world = world
        outcome = Outcome(seed: world.scenario.seed, violations: [], hash: 0)
    }

    private mutating func run() -> Outcome {
        let scenario = world.scenario
        var crashesLeft = scenario.crashes
        var round = 0
        while round < scenario.rounds, outcome.lives < 60, world.violations.isEmpty {
            let crashes = crashesLeft > 0
            world.crashes.arm(points: crashes ? world.random.below(crashBound) : nil)
            let stopAt = world.chance(scenario.stopShare) ? world.random.below(2_000) : nil
            do {
                switch try live(round: round, stopAt: outcome.lives < 8 ? stopAt : nil) {
                case .crashed:
                    crashesLeft -= 1
                    outcome.crashPoints.append(world.crashes.passed)
                    guard world.chance(scenario.powerLosses) || world.alwaysLosesPower else { break }
                    world.count(fault: "power loss")
                    world.disk.losePower(&world.random)
                    world.file.losePower(&world.random)
                case .stopped: world.count(fault: "stop")
                case .finished: round += 1
                }
            } catch {
                world.violate("the run failed: \(error)")
            }
        }
        if world.violations.isEmpty, round < scenario.rounds { world.violate("the run never came to its end") }
        if world.violations.isEmpty { Oracle.checkEnd(world) }
        return finish()
    }

    /// Early deaths and late ones.
    private var crashBound: Int { [20, 300, 3_000][world.random.below(3)] }

    private mutating func finish() -> Outcome {
        outcome.violations = world.violations
        outcome.hash = world.trace.hash
        outcome.visits = world.crashes.visits
        outcome.diskOperations = world.diskOperations
        outcome.disk = world.disk
        outcome.points = world.crashes.passed
        outcome.checkpoints = world.positions.keys.max() ?? 0
        outcome.simulatedNanoseconds = world.clock.elapsed
        outcome.faults = world.faults
        return outcome
    }

    /// One life of the process.
    private mutating func live(round: Int, stopAt: Int?) throws(Fault) -> End {
        outcome.lives += 1
        hasStopped = false
        world.mayFail = outcome.lives < 20
        let life = Life(number: outcome.lives, world: world)
        let disk = SimulatedDisk(life, world.disk)
        var run: SteppedRun?
        do throws(Fault) {
            let end = try live(life, disk, round: round, stopAt: stopAt, &run)
            world.disk = disk.content
            return end
        } catch {
            // A disk that fails ends the process, and whoever looks after it starts it again.
            guard error.code == CrashPlan.code || error.code.hasPrefix("disk.") else { throw error }
            world.trace.note("crash", Int64(world.crashes.passed))
            world.disk = disk.content
            if let run, world.chance(world.scenario.zombieShare) {
                world.count(fault: "zombie")
                life.isZombie = true
                zombie = run
            }
            return .crashed
        }
    }

    private mutating func live(
        _ life: Life, _ disk: SimulatedDisk, round: Int, stopAt: Int?, _ started: inout SteppedRun?
    ) throws(Fault) -> End {
        let scenario = world.scenario
        let store = try WatchedStore(life, disk)
        let start = try store.open { [world] in world.violate("a checkpoint was passed over: \($0)") }
        let found = start?.head.epoch ?? 0
        if found < world.durableEpoch { world.violate("epoch \(world.durableEpoch) was durable, found is \(found)") }
        let lanes = start?.head.sources.first?.lanes ?? []
        let source = SimulatedSource(
            life, positions: Dictionary(lanes.map { ($0.name, Int($0.position) ?? 0) }) { $1 }, round: round)
        var settings = JobSettings(
            subtasks: scenario.subtasks[life.number % scenario.subtasks.count], clock: world.clock,
            seed: scenario.seed, renderRow: EventRows.render)
        settings.creditsPerSender = scenario.credits
        settings.sinkRowCapacity = scenario.sinkRows
        settings.checkpoints = JobCheckpoints(
            store: store, interval: .milliseconds(scenario.interval), start: start, epoch: store.newestEpoch)
        world.trace.note("life", Int64(life.number), Int64(settings.subtasks))
        let run = try SteppedRun(try SimulatedJob.make(life, source), settings, park: { _, _ in })
        started = run
        try step(run, stopAt: stopAt)
        let ledger = run.ledger()
        if !ledger.isBalanced { world.violate("the ledger does not balance: \(ledger)") }
        let read = world.log.lanes.reduce(Int64(0)) { $0 + Int64($1.ends[round]) }
        // A run that was stopped has left its windows open, whatever it has read.
        if hasStopped { return .stopped }
        if ledger.sources[0].counts.read == read { return .finished }
        world.violate("\(ledger.sources[0].counts.read) of \(read) records were read")
        return .stopped
    }

    /// Steps the parts in an order of chance until all are done.
    private mutating func step(_ run: SteppedRun, stopAt: Int?) throws(Fault) {
        var waiting = run.parts
        var restored: Set<SteppedRun.Part> = []
        var stalledUntil: [SteppedRun.Part: Int64] = [:]
        var idle = 0
        var taken = 0
        while !waiting.isEmpty {
            taken += 1
            guard taken < Self.stepsMax else { throw Fault("simulation.stuck", "the run does not come to its end") }
            if taken == stopAt {
                run.stop()
                hasStopped = true
            }
            let position = world.random.below(waiting.count)
            let part = waiting[position]
            world.clock.advance(nanoseconds: Int64(world.random.below(100_000)))
            if let until = stalledUntil[part], until > world.clock.elapsed { continue }
            if world.chance(world.scenario.stalls / 10) {
                world.count(fault: "part stalled")
                stalledUntil[part] = world.clock.elapsed + Int64(world.random.below(30_000_000))
                continue
            }
            outcome.steps += 1
            try world.crashes.pass("step")
            guard restored.contains(part) else {
                try run.restore(part)
                restored.insert(part)
                continue
            }
            // The one that was taken for dead wakes up when its place has been taken.
            if zombie != nil, restored.count == run.parts.count, world.chance(0.3) { stepZombie() }
            let hasWorked = try run.step(part)
            world.trace.note("step", Int64(position), hasWorked ? 1 : 0)
            if run.isDone(part) { waiting.remove(at: position) }
            idle = hasWorked ? 0 : idle + 1
            // When nobody has anything to do, time passes until somebody may.
            if idle > 2 * waiting.count { world.clock.advance(nanoseconds: Int64(world.random.below(3_000_000))) }
        }
    }

    /// Whatever the zombie does must change nothing that the living run has taken over.
    private mutating func stepZombie() {
        guard let run = zombie else { return }
        let part = run.parts[world.random.below(run.parts.count)]
        do throws(Fault) {
            _ = try run.step(part)
        } catch {
            world.trace.note("zombie ends")
            if error.code == "simulation.fenced" { world.count(fault: "zombie fenced") }
            zombie = nil
        }
    }
}
