import Glibc
import KafkaConnector
import Primitives

/// A Kafka-compatible broker on the loopback interface, its topics in memory: they last as long as it does.
final class LocalBroker {
    private static let patience = 200
    private let process: ChildProcess
    let address: String

    /// Starts it and waits until it answers.
    ///
    /// It asks the kernel to end it when we end, in whatever way: `setpriv` does that for a program that cannot.
    init(program: String, directory: String, port: Int) throws(Fault) {
        let log = directory + "/broker.log"
        let url = "tcp://127.0.0.1:\(port)"
        process = try ChildProcess(
            "setpriv",
            [
                "--pdeathsig", "TERM", program, "broker", "--cluster-id", "martlet", "--listener-url", url,
                "--advertised-listener-url", url, "--storage-engine", "memory://martlet/",
            ], log: log)
        address = "127.0.0.1:\(port)"
        for _ in 0..<Self.patience where process.isRunning {
            if LocalPort.answers(port) { return }
            usleep(50_000)
        }
        let detail = ChildProcess.lastLine(of: log)
        process.terminate()
        throw Fault(
            "dev.broker", "the local broker did not start", detail: detail, hint: "its log is \(log)", domain: .external
        )
    }

    func createTopic(_ name: String, partitions: Int) throws(Fault) {
        try KafkaAdmin(brokers: address).createTopic(name, partitions: partitions)
    }

    func stop() {
        process.terminate()
    }

    /// Where the broker's program is: `MARTLET_BROKER`, else `.deps/bin/tansu` of the checkout that this program was
    /// built in or of the working folder, else in the PATH.
    static func find(_ environment: [String: String]) throws(Fault) -> String {
        if let named = environment["MARTLET_BROKER"] { return named }
        let folders = ancestors(of: executablePath) + ["."]
        let places = folders.map { $0 + "/.deps/bin/tansu" }
        let inPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/tansu" }
        if let found = (places + inPath).first(where: { access($0, X_OK) == 0 }) { return found }
        throw Fault(
            "dev.broker_missing", "there is no local broker",
            hint: "run tools/setup, or name a tansu binary with MARTLET_BROKER", domain: .external)
    }

    private static var executablePath: String {
        var path = [UInt8](repeating: 0, count: 4_096)
        let count = path.withUnsafeMutableBytes { path in
            path.baseAddress.map { readlink("/proc/self/exe", $0, path.count) } ?? 0
        }
        return String(decoding: path.prefix(max(0, count)), as: UTF8.self)
    }

    private static func ancestors(of path: String) -> [String] {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            folders.append(String(rest))
        }
        return folders
    }
}
