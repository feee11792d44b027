import ArgumentParser
import Primitives

struct MicroCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro", abstract: "Measures the parts of the engine, each alone.",
        discussion: "One core's figures are those of `--threads 1` under `taskset -c 0`.")

    @Argument(help: "Which; all if absent: decode, kernels, hash table, exchange, window, dedupe, sentiment, segment …")
    var names: [String] = []

    @Option(help: "Records of a run.")
    var records = 500_000

    @OptionGroup var options: MeasuringOptions

    func validate() throws {
        guard records > 0 else { throw ValidationError("--records is above 0") }
        for name in names where !MicroBenchmark.all.contains(where: { $0.name.hasPrefix(name) }) {
            throw ValidationError("there is no benchmark `\(name)`")
        }
    }

    func run() throws {
        let chosen = MicroBenchmark.all.filter { benchmark in
            names.isEmpty || names.contains { benchmark.name.hasPrefix($0) }
        }
        let mentions = Mentions(count: records)
        let report = Report(isJSON: options.isJSON)
        report.begin()
        for benchmark in chosen {
            let trial = try benchmark.prepare(mentions, options.threads)
            var measurement = Measurement(
                name: benchmark.name, unit: benchmark.unit, threads: options.threads, count: trial.count)
            try trial.run()
            for _ in 0..<options.runs {
                try measurement.add(trial.run)
                if let mistake = trial.mistake() {
                    throw Fault("bench.wrong", "\(benchmark.name) gave a wrong answer", detail: mistake)
                }
            }
            try report.add(measurement)
        }
    }
}
