/// Kills the process once at every kind of place where something becomes durable or visible, with the system left alone
/// and with the power lost.
struct KillPoints {
    private(set) var cases = 0
    private(set) var places: [String: Int] = [:]
    private(set) var failed: [String] = []

    /// - Parameter visitsMax: visits of one place, spread over a run, that are tried in each seed.
    mutating func run(seed: UInt64, visitsMax: Int) {
        let quiet = Simulation.run(seed: seed) { $0.crashes.isCounting = true }
        for (place, visits) in quiet.visits.sorted(by: { $0.key < $1.key }) where place != "step" {
            let tried = min(visits, visitsMax)
            for index in 0..<tried {
                let visit = 1 + index * visits / tried
                for losesPower in [false, true] {
                    let outcome = Simulation.run(seed: seed) { world in
                        world.crashes.isCounting = true
                        world.crashes.target = (place, visit)
                        world.alwaysLosesPower = losesPower
                    }
                    cases += 1
                    places[place, default: 0] += 1
                    guard !outcome.violations.isEmpty else { continue }
                    failed.append(
                        "SEED=\(seed) CRASH_AT='\(place), visit \(visit), power \(losesPower ? "lost" : "kept")' "
                            + "CMD='Simulation kill-points --from \(seed) --seeds 1': \(outcome.violations[0])")
                }
            }
        }
    }

    var json: String {
        let names = places.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        return "{\"cases\": \(cases), \"failures\": \(failed.count), \"places\": {\(names.joined(separator: ", "))}}"
    }
}
