import ArgumentParser
import Glibc
import Pipelines
import Primitives
import Service

struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Runs a pipeline's detectors over recorded input and prints when they would have fired.",
        discussion: """
            Sources are read to the end they have now, sinks and the state folder are not touched. What comes before \
            --from teaches the detectors. With labels, precision is the share of firings within an event, recall the \
            share of events with a firing.
            """)

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(help: ArgumentHelp("Firings count from this event time on.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Firings count up to this event time.", valueName: "time"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "What really happened: a table (CSV or JSON lines) with start and end, if need be key and detector.",
            valueName: "file"))
    var labels: String?

    @Option(help: ArgumentHelp("Compare with what this pipeline file would have told.", valueName: "file"))
    var shadow: String?

    @Option(
        help: ArgumentHelp("With --shadow: how far apart two firings may be and still be the same.", valueName: "time"))
    var within = "10m"

    @Option(
        help: ArgumentHelp(
            "Read this file in place of a source, for example mentions=recorded.ndjson.", valueName: "source=file"))
    var input: [String] = []

    @Option(help: "Subtasks, each on a thread of its own; as many as processors if absent.")
    var threads: Int?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var pipeline: PipelineArguments

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is from 1 to 256") }
        for (name, text) in [("--from", from), ("--to", to)] {
            if let text, Timestamp.parse(text) == nil {
                throw ValidationError("\(name) takes a time such as 2026-01-01T00:00:00Z, and this is `\(text)`")
            }
        }
        if let from = from.flatMap(Timestamp.parse), let to = to.flatMap(Timestamp.parse), from > to {
            throw ValidationError("--from is later than --to")
        }
        if DurationText.setting(within) == nil { throw ValidationError("--within takes a time such as 10m") }
        for text in input where !text.contains("=") {
            throw ValidationError("--input takes SOURCE=FILE, and this is `\(text)`")
        }
    }

    func run() throws {
        let options = BacktestOptions(
            from: from.flatMap(Timestamp.parse) ?? .min, to: to.flatMap(Timestamp.parse) ?? .max,
            inputs: Dictionary(input.map(Self.split), uniquingKeysWith: { $1 }),
            threads: threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let files = [file] + (shadow.map { [$0] } ?? [])
        let plans = try files.map { (file: $0, plan: try pipeline.plan($0, undefined: .warning)) }
        let tests = try wrongIfThrown { () throws(Fault) in
            var tests: [(file: String, test: Backtest)] = []
            for (file, plan) in plans {
                tests.append((file, try Backtest(plan, options, clock: SystemClock(), report: Self.report(plan))))
            }
            return tests
        }
        let events = try wrongIfThrown { () throws(Fault) in
            guard let labels else { return LabelledEvents?.none }
            let events = try LabelledEvents.read(labels)
            try events.check(tests.flatMap(\.test.detectors))
            return events
        }
        do throws(Fault) {
            var results: [BacktestText.Result] = []
            for (file, test) in tests {
                results.append(
                    BacktestText.Result(file: file, detectors: test.detectors, firings: try test.run()))
            }
            Terminal.write(render(results, events, options), to: .output)
        } catch {
            let redacted = plans.first?.plan.redactor.redact(error.description) ?? error.description
            Terminal.say(Terminal.red("backtest failed: ") + redacted)
            throw ExitCode(1)
        }
    }

    private func render(
        _ results: [BacktestText.Result], _ labels: LabelledEvents?, _ options: BacktestOptions
    ) -> String {
        let comparison =
            results.count < 2
            ? nil
            : ShadowComparison(
                results[0].firings, results[1].firings, within: DurationText.setting(within)?.microseconds ?? 0)
        if json {
            return BacktestText.json(results, comparison, labels: labels, from: options.from, to: options.to)
        }
        guard let comparison else {
            return BacktestText.render(results[0], labels: labels, from: options.from, to: options.to)
        }
        return BacktestText.render(
            results[0], against: results[1], comparison, labels: labels, from: options.from, to: options.to)
    }

    /// What is wrong with the command line or a file it names leaves with status 2.
    private func wrongIfThrown<Value>(_ body: () throws(Fault) -> Value) throws -> Value {
        do throws(Fault) {
            return try body()
        } catch {
            Terminal.say(Terminal.red("error: ") + error.description)
            throw ExitCode(2)
        }
    }

    private static func report(_ plan: LogicalPlan) -> @Sendable (String, Fault) -> Void {
        let redactor = plan.redactor
        return { node, fault in Terminal.say("\(node): \(redactor.redact(fault.description))") }
    }

    private static func split(_ text: String) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), String(parts[1]))
    }
}
