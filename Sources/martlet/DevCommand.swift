import ArgumentParser
import Dataflow
import Glibc
import Pipelines
import Primitives
import Service

struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract:
            "Runs a pipeline on embedded parts: a local broker that is fed, a private Postgres, a webhook receiver.",
        discussion: """
            KAFKA_BROKERS, DATABASE_URL and ALERT_WEBHOOK_URL are the local parts' addresses, and every Kafka, Postgres \
            and webhook connection of the file leads there. Postgres goes on running, so that its tables can be looked \
            at; --stop ends it.
            """)

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long to run, for example 60s; until it is stopped if absent.", valueName: "duration"))
    var length: String?

    @Option(help: "Records a second that are put into each topic.")
    var rate: Int64 = 1_000

    @Option(help: ArgumentHelp("NDJSON records to feed, instead of generated ones.", valueName: "file"))
    var input: String?

    @Option(
        help: ArgumentHelp("Where the dashboard is; any free port of this machine if absent.", valueName: "address"))
    var http = "127.0.0.1:0"

    @Option(help: "Subtasks, each on a thread of its own; as many as processors if absent.")
    var threads: Int?

    @Option(
        help: ArgumentHelp("The folder of the local parts; one below the temporary folder if absent.", valueName: "dir")
    )
    var state: String?

    @Option(help: ArgumentHelp("Write the run's ledger to this file as JSON.", valueName: "file"))
    var summary: String?

    @Option(help: ArgumentHelp("Seed of the generated records.", visibility: .hidden))
    var seed: UInt64 = 1

    @Flag(help: "End the Postgres that an earlier dev of this file has left running.")
    var stop = false

    @OptionGroup var pipeline: PipelineArguments

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is from 1 to 256") }
        if !(1...10_000_000).contains(rate) { throw ValidationError("--rate is from 1 to 10000000") }
        if let length, DurationText.setting(length) == nil {
            throw ValidationError("--for takes a duration such as 60s, and this is `\(length)`")
        }
    }

    func run() throws {
        let plan = try pipeline.plan(file, environment: Self.environment)
        let redactor = plan.redactor
        do throws(Fault) {
            if stop { return try DevSession.stopPostgres(pipeline: plan.name, directory: absoluteState) }
            try run(plan)
        } catch {
            Terminal.say(Terminal.red("dev failed: ") + redactor.redact(error.description))
            throw ExitCode(1)
        }
    }

    /// The process's environment, with what the local parts stand in for: validation needs values, any will do.
    private static var environment: [String: String] {
        Environment.all.merging([
            "KAFKA_BROKERS": "127.0.0.1:9092", "DATABASE_URL": "postgresql://127.0.0.1/martlet",
            "ALERT_WEBHOOK_URL": "https://alerts.invalid/",
        ]) { $1 }
    }

    /// Parts with another working folder than ours get the folder's whole path.
    private var absoluteState: String? {
        state.map { state in
            guard !state.hasPrefix("/"), let folder = getcwd(nil, 0) else { return state }
            defer { free(folder) }
            return String(cString: folder) + "/" + state
        }
    }

    private func run(_ plan: LogicalPlan) throws(Fault) {
        let clock = SystemClock()
        let started = clock.monotonicNanoseconds()
        let redactor = plan.redactor
        let stopping = StopRequest()
        StopSignals.handle { stopping.stop() }
        let options = DevOptions(
            threads: threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), rate: rate, input: input,
            directory: absoluteState, http: try HTTPAddress(parsing: http), seed: seed)
        let session = try DevSession(
            plan, options, environment: Environment.all, clock: clock, say: { Terminal.say($0) },
            alert: { Terminal.say(Terminal.bold("ALERT  ") + $0) },
            report: { node, fault in Terminal.say("\(node): \(redactor.redact(fault.description))") })
        stopping.attach(session.run)
        let monitor = DevMonitor(session, clock: clock, length: length.flatMap(DurationText.setting), stopping)
        let ledger: JobLedger
        do {
            defer { monitor.stop() }
            ledger = try session.runToEnd()
        }
        Terminal.say(LedgerText.render(ledger))
        if let summary {
            try SummaryFile.write(
                ledger, pipeline: plan.name, seconds: Double(clock.monotonicNanoseconds() - started) / 1e9, to: summary)
        }
        for path in session.run.parkedPaths { Terminal.say("dead letters that no sink reads are in \(path)") }
        if let url = session.databaseURL { sayQueries(url, session.tables) }
    }

    private func sayQueries(_ url: String, _ tables: [DevTable]) {
        Terminal.say("\nthe rows are in Postgres:")
        for table in tables { Terminal.write("psql '\(url)' -c '\(table.query)'\n", to: .output) }
        Terminal.say("it goes on running; to end it: martlet dev \(file) --stop")
    }
}
