import ArgumentParser
import Dataflow
import Glibc
import Pipelines
import Primitives
import Service

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a pipeline until it is stopped, or its sources end.",
        discussion: "SIGINT and SIGTERM stop it in order: sources stop, channels drain, sinks commit.")

    @Argument(help: "A pipeline file.")
    var file: String

    @Flag(help: "Read each source to the end it has now, close the windows, commit and leave.")
    var untilEnd = false

    @Option(help: "Subtasks, each on a thread of its own; as many as processors if absent.")
    var threads: Int?

    @Option(help: ArgumentHelp("The folder for what outlives the run; .martlet/PIPELINE if absent.", valueName: "dir"))
    var state: String?

    @Option(help: ArgumentHelp("Write the run's ledger to this file as JSON.", valueName: "file"))
    var summary: String?

    @Option(help: ArgumentHelp("Seed of what the run leaves to chance.", visibility: .hidden))
    var seed: UInt64 = 0

    @OptionGroup var pipeline: PipelineArguments

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is from 1 to 256") }
    }

    func run() throws {
        let plan = try pipeline.plan(file)
        let clock = SystemClock()
        let options = RunOptions(
            threads: threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), untilEnd: untilEnd,
            stateDirectory: state ?? ".martlet/\(plan.name)", seed: seed)
        let redactor = plan.redactor
        let run = PipelineRun(plan, options, clock: clock) { node, fault in
            Terminal.say("\(node): \(redactor.redact(fault.description))")
        }
        StopSignals.handle { run.stop() }

        let started = clock.monotonicNanoseconds()
        let progress = ProgressLine(run, clock: clock)
        let ledger: JobLedger
        do throws(Fault) {
            defer { progress.stop() }
            ledger = try run.run()
        } catch {
            Terminal.say(Terminal.red("run failed: ") + redactor.redact(error.description))
            try writeSummary(run.ledger, plan, clock, started)
            throw ExitCode(1)
        }
        try writeSummary(ledger, plan, clock, started)
        Terminal.say(LedgerText.render(ledger))
        if let path = run.parkedPath { Terminal.say("dead letters that no sink reads are in \(path)") }
    }

    private func writeSummary(_ ledger: JobLedger?, _ plan: LogicalPlan, _ clock: SystemClock, _ started: Int64) throws {
        guard let summary, let ledger else { return }
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        let text = SummaryWriter.write(ledger, pipeline: plan.name, seconds: seconds)
        guard let stream = fopen(summary, "wb") else {
            Terminal.say(Terminal.red("the summary cannot be written to \(summary)"))
            throw ExitCode(1)
        }
        fwrite(text, 1, text.count, stream)
        fclose(stream)
    }
}
