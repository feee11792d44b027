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

    @Option(
        help: ArgumentHelp(
            "Serve metrics, health and the dashboard there, for example 127.0.0.1:8080.", valueName: "address"))
    var http: String?

    @Option(
        help: ArgumentHelp(
            "Agree to what `martlet plan` says will be lost or built again; its hash.", valueName: "plan-hash"))
    var accept: String?

    @Option(help: ArgumentHelp("Seed of what the run leaves to chance.", visibility: .hidden))
    var seed: UInt64 = 0

    @OptionGroup var pipeline: PipelineArguments

    func validate() throws {
        if let http, (try? HTTPAddress(parsing: http)) == nil {
            throw ValidationError("--http takes an address such as 127.0.0.1:8080, and this is `\(http)`")
        }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is from 1 to 256") }
    }

    func run() throws {
        let plan = try pipeline.plan(file)
        let clock = SystemClock()
        let options = RunOptions(
            threads: threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), untilEnd: untilEnd,
            stateDirectory: StateFolder.path(state, pipeline: plan.name), seed: seed, accepted: accept)
        let redactor = plan.redactor
        let watch = http == nil ? nil : SinkWatch(clock: clock)
        let run = PipelineRun(plan, options, clock: clock, watch: watch) { node, fault in
            Terminal.say("\(node): \(redactor.redact(fault.description))")
        }
        StopSignals.handle { run.stop() }
        do throws(Fault) {
            let server = try serve(run, watch)
            defer { server?.stop() }
            let progress = ProgressLine(run, clock: clock)
            defer { progress.stop() }
            let ledger = try run.run()
            try writeSummary(ledger, run)
            Terminal.say(LedgerText.render(ledger))
        } catch {
            Terminal.say(Terminal.red("run failed: ") + redactor.redact(error.description))
            if let ledger = run.ledger { try? writeSummary(ledger, run) }
            throw ExitCode(1)
        }
        for path in run.parkedPaths { Terminal.say("dead letters that no sink reads are in \(path)") }
    }

    private func serve(_ run: PipelineRun, _ watch: SinkWatch?) throws(Fault) -> StatusServer? {
        guard let http, let watch else { return nil }
        let server = try StatusServer(HTTPAddress(parsing: http), run: run, watch: watch)
        Terminal.say("dashboard: \(server.url)")
        return server
    }

    private func writeSummary(_ ledger: JobLedger, _ run: PipelineRun) throws(Fault) {
        guard let summary else { return }
        try SummaryFile.write(ledger, pipeline: run.name, seconds: run.seconds, to: summary)
    }
}
