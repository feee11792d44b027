import Hummingbird
import NIOCore
package import Primitives

/// What a run shows at its `--http` address: metrics, health, the dashboard.
package final class StatusServer: Sendable {
    private let server: HTTPServer

    /// Starts listening; blocks until it does.
    package convenience init(_ address: HTTPAddress, run: PipelineRun, watch: SinkWatch) throws(Fault) {
        let router = Router()
        StatusRoutes(run: { run }, watch: watch).add(to: router)
        try self.init(address, router)
    }

    init(_ address: HTTPAddress, _ router: Router<BasicRequestContext>) throws(Fault) {
        server = try HTTPServer(address, router)
    }

    var address: HTTPAddress { server.address }

    /// Where the dashboard is.
    package var url: String { address.url + "/" }

    package func stop() {
        server.stop()
    }
}

/// The routes of one run.
struct StatusRoutes: Sendable {
    /// The run, once there is one.
    let run: @Sendable () -> PipelineRun?
    let watch: SinkWatch

    func add(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in
            Self.response(DashboardPage.html, "text/html; charset=utf-8", policy: DashboardPage.policy)
        }
        router.get("/dashboard.js") { _, _ in Self.response(DashboardPage.script, "text/javascript; charset=utf-8") }
        router.get("/dashboard.css") { _, _ in Self.response(DashboardPage.style, "text/css; charset=utf-8") }
        router.get("/status") { _, _ in
            guard let run = run(), let ledger = run.ledger else { return Self.response("{}", "application/json") }
            let text = StatusWriter.write(ledger, run: run, watch: watch)
            return Self.response(String(decoding: text, as: UTF8.self), "application/json")
        }
        router.get("/metrics") { _, _ in
            let run = run()
            let text = run?.ledger.map { OpenMetrics.write($0, pipeline: run?.name ?? "") } ?? "# EOF\n"
            return Self.response(text, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        }
        IncidentRoutes(run: run).add(to: router)
        router.get("/livez") { _, _ in Self.response("alive\n", "text/plain") }
        router.get("/readyz") { _, _ in
            let isReady = run().map { $0.ledger != nil && !$0.isStopping } ?? false
            return Self.response(
                isReady ? "ready\n" : "not ready\n", "text/plain", status: isReady ? .ok : .serviceUnavailable)
        }
    }

    static func response(
        _ text: String, _ type: String, status: HTTPResponse.Status = .ok, policy: String? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        if let policy { headers[.contentSecurityPolicy] = policy }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
