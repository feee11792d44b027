import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Primitives
import Synchronization

/// An HTTP server that runs beside a pipeline, on threads of its own.
final class HTTPServer: Sendable {
    /// The address it has been given, its port included.
    let address: HTTPAddress
    private let task: Task<Void, Never>

    /// Connections that may be open at once; more wait in the kernel's backlog.
    private static let connectionsMax = 256
    /// A client that sends nothing is cut off after this: an open connection is a resource.
    private static let idleTimeout = TimeAmount.seconds(30)

    /// Starts listening; blocks until it does.
    init(_ wanted: HTTPAddress, _ router: Router<BasicRequestContext>) throws(Fault) {
        let started = Starting()
        var logger = Logger(label: "martlet.http")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: .init(
                address: .hostname(wanted.host, port: wanted.port), serverName: "martlet",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
            onServerRunning: { channel in started.succeed(channel.localAddress?.port ?? wanted.port) },
            logger: logger)
        task = Task.detached {
            do {
                try await application.run()
            } catch {
                started.fail("\(error)")
            }
        }
        switch started.wait() {
        case .success(let port): address = HTTPAddress(host: wanted.host, port: port)
        case .failure(let fault):
            throw Fault(
                "http.listen", "nothing can listen at \(wanted.host):\(wanted.port)", detail: fault.message,
                hint: "choose another address", domain: .external)
        }
    }

    func stop() {
        task.cancel()
    }
}

/// Hands the outcome of starting from the server's task to the thread that waits for it.
private final class Starting: Sendable {
    private let lock = WaitingLock()
    private let outcome = Mutex<Result<Int, Fault>?>(nil)

    func succeed(_ port: Int) { settle(.success(port)) }

    func fail(_ message: String) {
        settle(.failure(Fault("http.listen", message)))
    }

    func wait() -> Result<Int, Fault> {
        lock.withLock {
            while true {
                if let outcome = outcome.withLock({ $0 }) { return outcome }
                lock.wait(milliseconds: 1_000)
            }
        }
    }

    /// The first word counts: a server that has started may fail later.
    private func settle(_ result: Result<Int, Fault>) {
        lock.withLock {
            outcome.withLock { outcome in if outcome == nil { outcome = result } }
            lock.signal()
        }
    }
}
