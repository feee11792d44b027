import ArgumentParser

/// What every benchmark takes.
struct MeasuringOptions: ParsableArguments {
    @Option(help: "Runs of each.")
    var runs = 5

    @Option(help: "Subtasks, each on a thread of its own.")
    var threads = 1

    @Flag(name: .customLong("json"), help: "One JSON object a benchmark.")
    var isJSON = false

    func validate() throws {
        guard runs > 0, (1...256).contains(threads) else {
            throw ValidationError("--runs is above 0, --threads from 1 to 256")
        }
    }
}
