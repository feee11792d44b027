package import Dataflow
import Glibc
import Hummingbird
package import Pipelines
package import Primitives
import Synchronization

/// What `martlet dev` is asked to do.
package struct DevOptions: Sendable {
    package var threads: Int
    /// Records a second that are put into each topic.
    package var rate: Int64
    /// A file that is fed instead of generated records.
    package var input: String?
    /// The folder of the local parts; below the temporary folder if absent.
    package var directory: String?
    package var http: HTTPAddress
    package var seed: UInt64

    package init(threads: Int, rate: Int64, input: String?, directory: String?, http: HTTPAddress, seed: UInt64) {
        self.threads = threads
        self.rate = rate
        self.input = input
        self.directory = directory
        self.http = http
        self.seed = seed
    }
}

/// A pipeline on embedded parts: a local broker that is fed, a private Postgres, a receiver for webhooks.
package final class DevSession {
    package let run: PipelineRun
    /// Where the dashboard is.
    package let dashboard: String
    /// The connection to the private Postgres; `nil` if no sink writes there.
    package let databaseURL: String?
    package let tables: [DevTable]
    package let watch: SinkWatch

    private let broker: LocalBroker?
    private let server: StatusServer
    private let feeders: [Feeder]
    private let runBox: RunBox

    /// Starts the parts; blocks until they answer.
    /// - Parameters:
    ///   - environment: the process's.
    ///   - say: told what is being done, a line at a time.
    ///   - alert: told the text of each message that reaches the receiver.
    ///   - report: as for `PipelineRun`.
    package init(
        _ plan: LogicalPlan, _ options: DevOptions, environment: [String: String], clock: any WallClock,
        say: @escaping @Sendable (String) -> Void, alert: @escaping @Sendable (String) -> Void,
        report: @escaping @Sendable (_ node: String, Fault) -> Void
    ) throws(Fault) {
        let directory = options.directory ?? DevFolder.path(pipeline: plan.name)
        try DevFolder.make(directory)
        let dev = DevPlan(plan)
        tables = dev.tables
        var random = RandomSource(seed: options.seed ^ UInt64(bitPattern: clock.now().microseconds))

        if dev.needsPostgres {
            let postgres = try LocalPostgres(directory: directory + "/postgres")
            say("postgres: \(postgres.isRunning ? "found running" : "starting") in \(directory)/postgres")
            databaseURL = try postgres.start(random: &random)
        } else {
            databaseURL = nil
        }

        watch = SinkWatch(clock: clock)
        let runBox = RunBox()
        let router = Router()
        AlertReceiver(show: alert).add(to: router)
        StatusRoutes(run: { runBox.run }, watch: watch).add(to: router)
        server = try StatusServer(options.http, router)
        dashboard = server.url
        say("dashboard and webhook receiver: \(server.url)")

        var started: LocalBroker?
        if dev.needsBroker {
            started = try LocalBroker(
                program: try LocalBroker.find(environment), directory: directory, port: try LocalPort.free())
            say("broker: \(started?.address ?? "")")
        }
        do throws(Fault) {
            feeders = try Self.makeFeeders(dev, started, options, clock: clock, say: say, report: report)
        } catch {
            started?.stop()
            throw error
        }
        broker = started
        let local = dev.localised(
            brokers: started?.address, databaseURL: databaseURL,
            webhookURL: server.address.url + AlertReceiver.path)
        var runOptions = RunOptions(
            threads: options.threads, untilEnd: false, stateDirectory: directory + "/state", seed: options.seed)
        // The topics of an earlier session are gone.
        if started != nil { runOptions.continuation = .never }
        run = PipelineRun(local, runOptions, clock: clock, watch: watch, report: report)
        self.runBox = runBox
        runBox.run = run
    }

    /// Runs until `stop()`. Blocks.
    package func runToEnd() throws(Fault) -> JobLedger {
        let threads = feeders.map { feeder in NamedThread("feeder") { feeder.run() } }
        defer {
            for feeder in feeders { feeder.stop() }
            for thread in threads { thread.join() }
            server.stop()
            broker?.stop()
        }
        return try run.run()
    }

    /// Ends the private Postgres that an earlier `dev` of the pipeline has left running.
    package static func stopPostgres(pipeline: String, directory: String?) throws(Fault) {
        let directory = directory ?? DevFolder.path(pipeline: pipeline)
        try LocalPostgres(directory: directory + "/postgres").stop()
    }

    private static func makeFeeders(
        _ dev: DevPlan, _ broker: LocalBroker?, _ options: DevOptions, clock: any WallClock,
        say: @Sendable (String) -> Void, report: @escaping @Sendable (String, Fault) -> Void
    ) throws(Fault) -> [Feeder] {
        guard let broker else { return [] }
        for topic in dev.topics { try broker.createTopic(topic, partitions: 4) }
        var fed: Set<String> = []
        var feeders: [Feeder] = []
        for (topic, source) in dev.topicsRead where fed.insert(topic).inserted {
            let input = DevInput(
                rate: options.rate, file: options.input, seed: options.seed, clock: clock,
                report: { report("input", $0) })
            feeders.append(
                Feeder(
                    try input.open(for: source, topic: topic), brokers: broker.address, topic: topic, clock: clock,
                    report: { report("input", $0) }))
            say("input: \(options.input ?? "generated records"), \(options.rate)/s, into topic \(topic)")
        }
        return feeders
    }
}

/// The run that a server shows, once there is one.
private final class RunBox: Sendable {
    private let held = Mutex<PipelineRun?>(nil)

    var run: PipelineRun? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
