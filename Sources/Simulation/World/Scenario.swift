import Primitives

/// What one seed is about: the shape of the input, the pipeline, and what goes wrong.
struct Scenario {
    enum Window: Hashable {
        case tumbling(Int64)
        case hopping(size: Int64, every: Int64)
        case cumulative(size: Int64, step: Int64)
    }

    let seed: UInt64

    // The input.
    let lanes: Int
    let rounds: Int
    let eventsPerRound: Int
    let keys: Int
    /// Microseconds of event time between two records, at most.
    let stepMax: Int
    /// Event times are multiples of so many microseconds: the edges of windows are met.
    let grain: Int64
    let batchMax: Int
    /// Nanoseconds that nothing comes, at most.
    let pauseMax: Int64
    /// Microseconds that the watermark stays behind.
    let delay: Int64
    let disorder: Double
    let lateShare: Double
    let lateBy: Int64
    let repeats: Double
    let repeatsAcrossLanes: Bool
    let brokenShare: Double
    /// Whether records are handed out in other batches than they were written in.
    let recuts: Bool
    /// Whether all subtasks read all lanes, as they do a file's.
    let sharesLanes: Bool
    /// Whether the source ends for good.
    let isBounded: Bool

    // The pipeline.
    let dedupes: Bool
    let window: Window
    let lateness: Int64
    let early: Int64?
    let filterAbove: Int64

    // The runs.
    /// Milliseconds; 0: no interval but what sinks ask for.
    let interval: Int64
    let subtasks: [Int]
    let credits: Int
    let sinkRows: Int
    let crashes: Int
    let stopShare: Double
    let zombieShare: Double
    let lostReplies: Double
    let stalls: Double
    let diskFaults: Double
    /// Of deaths, those where the machine loses power.
    let powerLosses: Double

    init(seed: UInt64) {
        var random = RandomSource(seed: seed)
        func pick<Value>(_ values: [Value]) -> Value { values[random.below(values.count)] }
        self.seed = seed
        lanes = 1 + random.below(5)
        eventsPerRound = pick([20, 60, 150, 300])
        rounds = random.below(3) == 0 ? 2 : 1
        keys = pick([1, 3, 8, 40])
        stepMax = pick([2_000, 20_000, 80_000])
        grain = pick([1, 10_000])
        batchMax = pick([1, 5, 20, 80])
        pauseMax = pick([1_000_000, 50_000_000, 400_000_000])
        delay = pick([0, 10_000, 200_000])
        disorder = pick([0, 0.3, 0.9])
        let isLate = random.below(3) == 0
        lateShare = isLate ? pick([0.05, 0.3]) : 0
        lateBy = pick([100_000, 1_500_000])
        dedupes = Self.canDedupe && random.below(3) > 0
        repeats = dedupes ? pick([0.05, 0.4]) : 0
        repeatsAcrossLanes = !isLate && random.below(2) == 0
        brokenShare = pick([0, 0, 0.05])
        recuts = !isLate && random.below(2) == 0
        sharesLanes = random.below(4) == 0
        isBounded = random.below(3) == 0
        let size = Int64(pick([100_000, 400_000, 1_000_000]))
        switch random.below(4) {
        case 0: window = .hopping(size: size, every: size / Int64(pick([2, 4])))
        case 1: window = .cumulative(size: size, step: size / Int64(pick([2, 5])))
        default: window = .tumbling(size)
        }
        lateness = pick([0, 0, 300_000, 1_000_000])
        early = random.below(2) == 0 ? Int64(pick([5_000, 40_000])) : nil
        filterAbove = pick([-1_000, 0, 400])
        interval = Int64(pick([5, 30, 200, 2_000]))
        let count = 1 + random.below(4)
        subtasks = (0..<8).map { _ in random.below(2) == 0 ? count : 1 + random.below(4) }
        credits = pick([1, 2, 8, 16])
        sinkRows = pick([5, 50, 1_000])
        crashes = pick([0, 1, 2, 4, 7])
        stopShare = pick([0, 0, 0.3])
        zombieShare = pick([0, 0.3])
        lostReplies = pick([0, 0.2, 0.5])
        stalls = pick([0, 0.01, 0.05])
        diskFaults = pick([0, 0, 0.005])
        powerLosses = pick([0, 0.5])
    }

    /// Whether the operator can be restored.
    static let canDedupe = true
}
