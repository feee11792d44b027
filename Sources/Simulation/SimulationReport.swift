import Primitives

/// What many seeds add up to.
struct SimulationReport {
    private(set) var seeds = 0
    private(set) var failed: [UInt64] = []
    private var steps = 0
    private var points = 0
    private var lives = 0
    private var crashes = 0
    private var checkpoints: Int64 = 0
    private var simulatedNanoseconds: Int64 = 0
    private var faults: [String: Int] = [:]
    /// Of all seeds, in their order.
    private var hash: UInt64 = 0

    mutating func add(_ outcome: Simulation.Outcome) {
        seeds += 1
        if !outcome.violations.isEmpty { failed.append(outcome.seed) }
        steps += outcome.steps
        points += outcome.points
        lives += outcome.lives
        crashes += outcome.crashPoints.count
        checkpoints += outcome.checkpoints
        simulatedNanoseconds += outcome.simulatedNanoseconds
        faults.merge(outcome.faults, uniquingKeysWith: +)
        hash = Hashing.mix(hash ^ outcome.hash)
    }

    /// One object on one line.
    func json(seconds: Double) -> String {
        func round(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
        let kinds = (faults.map { ($0.key, $0.value) } + [("crash", crashes)]).sorted { $0.0 < $1.0 }
        let members = [
            "\"seeds\": \(seeds)", "\"failures\": \(failed.count)",
            "\"failed_seeds\": [\(failed.prefix(20).map { "\($0)" }.joined(separator: ", "))]",
            "\"seconds\": \(round(seconds))", "\"seeds_per_second\": \(round(Double(seeds) / max(seconds, 0.001)))",
            "\"simulated_hours\": \(round(Double(simulatedNanoseconds) / 3.6e12))", "\"steps\": \(steps)",
            "\"crash_points\": \(points)", "\"lives\": \(lives)", "\"checkpoints\": \(checkpoints)",
            "\"faults\": {\(kinds.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", "))}",
            "\"hash\": \"\(String(hash, radix: 16))\"",
        ]
        return "{\(members.joined(separator: ", "))}"
    }
}
