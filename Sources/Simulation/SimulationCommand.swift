import Glibc
import Primitives

/// `Simulation`: runs seeds and says what became of them.
@main
struct SimulationCommand {
    private static let usage = """
        Simulation [seeds | kill-points | disk-faults | mutations] [--seeds COUNT] [--from SEED] [--seconds LIMIT]
                   [--depth COUNT] [--trace] [--twice]
        """

    static func main() {
        var count: UInt64 = 100
        var from: UInt64 = 0
        var seconds = Int64.max
        var isTraced = false
        var isTwice = false
        var mode = "seeds"
        var depth = 3
        var arguments = Array(CommandLine.arguments.dropFirst())
        while !arguments.isEmpty {
            let option = arguments.removeFirst()
            switch option {
            case "--trace": isTraced = true
            case "--twice": isTwice = true
            case "seeds", "kill-points", "disk-faults", "mutations": mode = option
            case "--seeds", "--from", "--seconds", "--depth":
                guard let value = arguments.first.flatMap({ UInt64($0) }) else { refuse("\(option) needs a number") }
                arguments.removeFirst()
                switch option {
                case "--seeds": count = value
                case "--from": from = value
                case "--depth": depth = Int(value)
                default: seconds = Int64(value)
                }
            default: refuse("no option \(option)")
            }
        }
        let isGood =
            switch mode {
            case "kill-points": killPoints(from..<from + count, depth: depth)
            case "disk-faults": diskFaults(from..<from + count, depth: depth)
            case "mutations": mutations(from..<from + count, depth: depth)
            default: run(from..<from + count, seconds: seconds, isTraced: isTraced, isTwice: isTwice)
            }
        exit(isGood ? 0 : 3)
    }

    private static func killPoints(_ seeds: Range<UInt64>, depth: Int) -> Bool {
        var points = KillPoints()
        for seed in seeds { points.run(seed: seed, visitsMax: depth) }
        return tell(points.json, points.failed)
    }

    private static func diskFaults(_ seeds: Range<UInt64>, depth: Int) -> Bool {
        var faults = DiskFaults()
        for seed in seeds { faults.run(seed: seed, stride: depth) }
        return tell(faults.json, faults.failed)
    }

    private static func mutations(_ seeds: Range<UInt64>, depth: Int) -> Bool {
        var mutations = Mutations(seed: seeds.lowerBound)
        for seed in seeds { mutations.run(seed: seed, count: depth) }
        return tell(mutations.json, mutations.silentlyWrong)
    }

    private static func tell(_ json: String, _ failures: [String]) -> Bool {
        for failure in failures.prefix(20) { complain(failure) }
        print(json)
        return failures.isEmpty
    }

    private static func refuse(_ reason: String) -> Never {
        complain("\(reason)\n\(usage)")
        exit(2)
    }

    private static func complain(_ text: String) {
        var line = text + "\n"
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func run(_ seeds: Range<UInt64>, seconds: Int64, isTraced: Bool, isTwice: Bool) -> Bool {
        var report = SimulationReport()
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        for seed in seeds {
            if clock.monotonicNanoseconds() - start
                > seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue,
                seconds < .max / 1_000_000_000
            {
                break
            }
            var outcome = Simulation.run(seed: seed, isTraced: isTraced)
            if isTwice {
                let again = Simulation.run(seed: seed)
                if again.hash != outcome.hash { outcome.violations.append("the seed gives another run each time") }
            }
            if isTraced { print(Scenario(seed: seed)) }
            report.add(outcome)
            if !outcome.violations.isEmpty {
                complain("SEED=\(seed) CRASH_AT=\(outcome.crashPoints) CMD='Simulation --from \(seed) --seeds 1'")
                for violation in outcome.violations { complain("  \(violation)") }
            }
        }
        let taken = Double(clock.monotonicNanoseconds() - start) / 1e9
        print(report.json(seconds: taken))
        return report.failed.isEmpty
    }
}
