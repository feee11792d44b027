import Dataflow
import Foundation
import Pipelines
import Primitives
import Service
import Testing

/// One after another: a server's start waits for a task, and there may be as few threads for tasks as processors.
@Suite("A run and what it shows", .serialized, .timeLimit(.minutes(2)))
struct RunTests {
    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-service-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func plan(_ folder: URL, count: Int, replay: Bool) throws -> LogicalPlan {
        let text = """
            pipeline: shown
            sources:
              mentions:
                generator: { count: \(count), replay: \(replay), rate: 500, start: "2026-01-01T00:00:00Z" }
                schema: \(Checkout.path("schemas/mention.avsc"))
                event_time: { column: created_at, delay: 5s }
            operators:
              by_brand:
                from: mentions
                aggregate:
                  window: { tumbling: 10s }
                  by: [brand]
                  columns: { mentions: count() }
            sinks:
              rows: { from: by_brand, file: { path: rows.ndjson } }
            """
        let path = folder.appending(path: "shown.yaml").path
        let check = PipelineCheck.text(text, path: path, catalogue: .martlet, environment: [:])
        return try #require(check.plan, "\(DiagnosticRenderer.text(check.diagnostics))")
    }

    private static func run(_ plan: LogicalPlan, _ folder: URL, watch: SinkWatch? = nil) -> PipelineRun {
        let options = RunOptions(threads: 2, untilEnd: true, stateDirectory: folder.path + "/state")
        return PipelineRun(plan, options, clock: SystemClock(), watch: watch) { _, _ in }
    }

    @Test("generated mentions are counted to the last, and the ledger balances")
    func counts() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = SinkWatch(clock: SystemClock())
        let ledger = try Self.run(Self.plan(folder, count: 5_000, replay: true), folder, watch: watch).run()
        #expect(ledger.isBalanced)
        #expect(ledger.sources.map(\.counts.read) == [5_000])
        let rows = try String(contentsOf: folder.appending(path: "rows.ndjson"), encoding: .utf8).split(separator: "\n")
        struct Row: Decodable { var mentions: Int }
        let mentions = try rows.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)).mentions }
        #expect(mentions.reduce(0, +) == 5_000)
        #expect(ledger.sinks.map(\.name) == ["rows", "dead_letters"])
        #expect(ledger.sinks.map(\.counts.committed) == [Int64(rows.count), 0])
        #expect(!watch.rows(of: "rows").isEmpty)
        let summary = try #require(
            try JSONSerialization.jsonObject(
                with: Data(SummaryWriter.write(ledger, pipeline: "shown", seconds: 1))) as? [String: Any])
        #expect(summary["balanced"] as? Bool == true)
        #expect(((summary["sources"] as? [String: Any])?["mentions"] as? [String: Any])?["read"] as? Int == 5_000)
    }

    @Test("metrics, health and status are served while it runs; it stops when asked")
    func serves() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = SinkWatch(clock: SystemClock())
        let run = try Self.run(Self.plan(folder, count: 1_000_000, replay: false), folder, watch: watch)
        let server = try StatusServer(HTTPAddress(host: "127.0.0.1", port: 0), run: run, watch: watch)
        defer { server.stop() }
        #expect(try await Self.get(server.url + "readyz").status == 503)
        async let finished = Self.apart { try run.run() }
        while try await Self.get(server.url + "readyz").status != 200 { await Task.yield() }
        #expect(try await Self.get(server.url + "livez").status == 200)
        var metrics = ""
        repeat {
            await Task.yield()
            metrics = try await Self.get(server.url + "metrics").text
        } while metrics.contains("outcome=\"read\"} 0\n") || !metrics.contains("outcome=\"read\"}")
        #expect(metrics.hasSuffix("# EOF\n"))
        #expect(metrics.contains("# TYPE martlet_source_records counter\n"))
        #expect(metrics.contains("martlet_ledger_balanced{pipeline=\"shown\"} 1\n"))
        let status = try await Self.get(server.url + "status")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(status.text.utf8)) as? [String: Any])
        #expect(object["pipeline"] as? String == "shown")
        #expect(try await Self.get(server.url).text.contains("dashboard.js"))
        #expect(try await Self.get(server.url + "nothing").status == 404)
        run.stop()
        #expect(try await finished.isBalanced)
    }

    @Test("an address that is taken is a fault, not a crash")
    func taken() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = SinkWatch(clock: SystemClock())
        let run = try Self.run(Self.plan(folder, count: 1, replay: true), folder)
        let first = try StatusServer(HTTPAddress(host: "127.0.0.1", port: 0), run: run, watch: watch)
        defer { first.stop() }
        let port = try #require(URL(string: first.url)?.port)
        #expect(throws: Fault.self) {
            try StatusServer(HTTPAddress(host: "127.0.0.1", port: port), run: run, watch: watch)
        }
    }

    /// Asks with curl: the system's URL loading needs a run loop of its own here.
    private static func get(_ url: String) async throws -> (status: Int, text: String) {
        let output = try await apart {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/curl")
            process.arguments = ["-s", "-m", "5", "-w", "\n%{http_code}", url]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return output
        }
        let cut = try #require(output.lastIndex(of: "\n"))
        return (try #require(Int(output[output.index(after: cut)...])), String(output[..<cut]))
    }

    /// Does what blocks on a thread of its own: there may be as few threads for tasks as processors, and the server
    /// answers on them.
    private static func apart<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            _ = NamedThread("apart") { continuation.resume(with: Result { try body() }) }
        }
    }
}
