import Columnar
import Dataflow
import Primitives

/// What outlives the process: the log, the disk, the database, the receiver, and time.
final class World: @unchecked Sendable {
    // Sendable: one thread runs the whole simulation.
    let clock = SimulatedClock()
    let scenario: Scenario
    let log: EventLog
    let trace: Trace
    let crashes = CrashPlan()
    /// What the disk holds between two lives.
    var disk = DiskContent()
    /// By epoch: where each lane stood.
    var positions: [Int64: [Int]] = [:]
    let database = SimulatedDatabase()
    let file = SimulatedFile()
    let receiver = SimulatedReceiver()
    var random: RandomSource
    /// Operations of the disk so far, and the one that fails.
    var diskOperations = 0
    var diskFault: Int?
    /// Whether the disk still fails by chance: not for ever, or no run would come to its end.
    var mayFail = true
    /// The newest epoch that the store has called durable.
    var durableEpoch: Int64 = 0
    /// Whether each death is one of the machine.
    var alwaysLosesPower = false
    /// What was found wrong.
    private(set) var violations: [String] = []
    /// How often each kind of fault was put in.
    private(set) var faults: [String: Int] = [:]

    init(_ scenario: Scenario, _ log: EventLog, isTraced: Bool) {
        self.scenario = scenario
        self.log = log
        trace = Trace(isPrinted: isTraced)
        random = RandomSource(seed: scenario.seed ^ 0x5EED)
    }

    func violate(_ what: String) {
        if violations.count < 10 { violations.append(what) }
    }

    func count(fault: String) { faults[fault, default: 0] += 1 }

    /// Whether something happens that has this chance.
    func chance(_ probability: Double) -> Bool { random.unit() < probability }
}

/// One life of the process, as the world sees it.
final class Life: @unchecked Sendable {
    // Sendable: one thread runs the whole simulation.
    let number: Int
    let world: World
    /// Paused for so long that another run has taken its place: what it does to its own disk is seen by nobody.
    var isZombie = false

    init(number: Int, world: World) {
        self.number = number
        self.world = world
    }

    func pass(_ place: StaticString) throws(Fault) {
        if !isZombie { try world.crashes.pass(place) }
    }
}
