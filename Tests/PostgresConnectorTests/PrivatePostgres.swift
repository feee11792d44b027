import Foundation
import PostgresConnector
import Primitives

/// A Postgres of the tests' own: a fresh cluster in a temporary folder, on a free loopback port.
///
/// A shell holds it and ends it when the pipe from this process closes, so it goes even if the tests crash.
final class PrivatePostgres: @unchecked Sendable {
    // Sendable: everything is written before `init` ends.

    static let binaries = "/usr/lib/postgresql/15/bin"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: "\(binaries)/postgres") }
    /// Started once, by the first test that needs it.
    static let shared = PrivatePostgres()

    let port: Int
    private let folder: String
    private let keeper = Process()
    private let lifeline = Pipe()
    private let output = Pipe()

    private init() {
        port = Self.freePort()
        folder = "/tmp/martlet-postgres-test-\(port)-\(getpid())"
        // Trust for all but one user, so that a wrong password can be tried.
        let script = """
            set -e
            mkdir -p \(folder); if [ "$(id -u)" = 0 ]; then chown postgres \(folder); as="runuser -u postgres --"; fi
            cd \(folder)
            $as \(Self.binaries)/initdb -D \(folder)/data -U martlet -A trust -E UTF8 --locale=C.UTF-8 --no-sync >\(folder)/log 2>&1
            { echo 'host all guarded 127.0.0.1/32 scram-sha-256'; echo 'host all all 127.0.0.1/32 trust'
              echo 'local all all trust'; } >\(folder)/data/pg_hba.conf
            { echo "port = \(port)"; echo "listen_addresses = '127.0.0.1'"; echo "unix_socket_directories = '\(folder)'"
              echo "max_connections = 20"; } >>\(folder)/data/postgresql.conf
            $as \(Self.binaries)/pg_ctl -D \(folder)/data -l \(folder)/server.log -w start >/dev/null 2>&1 </dev/null ||
              { cat \(folder)/log \(folder)/server.log >&2; exit 1; }
            echo ready
            while read line; do
              $as \(Self.binaries)/pg_ctl -D \(folder)/data -l \(folder)/server.log -w $line >/dev/null 2>&1 </dev/null || true
              echo done
            done
            $as \(Self.binaries)/pg_ctl -D \(folder)/data -m immediate stop >/dev/null 2>&1 || true
            rm -rf \(folder)
            """
        keeper.executableURL = URL(fileURLWithPath: "/bin/sh")
        keeper.arguments = ["-c", script]
        keeper.standardInput = lifeline
        keeper.standardOutput = output
        do { try keeper.run() } catch { preconditionFailure("no shell: \(error)") }
        let word = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        precondition(word.hasPrefix("ready"), "the private postgres did not start")
    }

    /// Runs `pg_ctl` with these arguments and waits until it is done.
    func control(_ arguments: String) {
        lifeline.fileHandleForWriting.write(Data("\(arguments)\n".utf8))
        precondition(!output.fileHandleForReading.availableData.isEmpty, "the keeper of the private postgres is gone")
    }

    var url: String { "postgres://martlet@127.0.0.1:\(port)/postgres" }

    func connect() throws -> PostgresConnection {
        try PostgresConnection(
            ConnectionAddress(url), application: "tests", timeoutSeconds: 10,
            patience: Patience(clock: SystemClock(), isStopping: { false }))
    }

    /// The rows of a query, values joined by a bar, null as `~`.
    func query(_ sql: String) throws -> [String] {
        try connect().execute(sql).rows.map { $0.map { $0 ?? "~" }.joined(separator: "|") }
    }

    private static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(descriptor, pointer, length)
                _ = getsockname(descriptor, pointer, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
