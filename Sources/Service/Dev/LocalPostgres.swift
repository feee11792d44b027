import Glibc
import Primitives

/// A private Postgres cluster that listens on the loopback interface only. It outlives the run, so that its tables can
/// be looked at; the next run finds it again.
///
/// Postgres refuses to run as root; then it runs as the user `postgres`, who owns its folder.
struct LocalPostgres {
    private static let user = "martlet"
    private static let database = "martlet"

    private let directory: String
    private let bin: String

    private var data: String { directory + "/data" }
    private var log: String { directory + "/postgres.log" }
    private var passwordFile: String { directory + "/password" }

    /// - Parameter directory: a folder of its own, made if it is missing; every folder above must be open to the
    ///   user `postgres` if we are root.
    init(directory: String) throws(Fault) {
        self.directory = directory
        bin = try Self.findServer()
    }

    /// Makes the cluster at the first start, starts it if it does not run.
    /// - Returns: its URL.
    func start(random: inout RandomSource) throws(Fault) -> String {
        try makeFolder()
        let isNew = access(data + "/PG_VERSION", F_OK) != 0
        if isNew { try initialise(&random) }
        guard let password = Self.readLine(of: passwordFile) else { throw damaged() }
        if !isRunning {
            let port = try LocalPort.free()
            let options = "-p \(port) -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
            try run("pg_ctl", ["-D", data, "-l", log, "-w", "-s", "-o", options, "start"])
        }
        guard let port = Self.readLine(of: data + "/postmaster.pid", number: 4) else { throw damaged() }
        if isNew {
            let place = ["-h", "127.0.0.1", "-p", port, "-U", Self.user, Self.database]
            try ChildProcess.run(bin + "/createdb", place, log: outputLog, environment: ["PGPASSWORD=\(password)"])
        }
        return "postgresql://\(Self.user):\(password)@127.0.0.1:\(port)/\(Self.database)"
    }

    func stop() throws(Fault) {
        guard isRunning else { return }
        try run("pg_ctl", ["-D", data, "-m", "fast", "-w", "-s", "stop"])
    }

    var isRunning: Bool {
        (try? run("pg_ctl", ["-D", data, "status"])) != nil
    }

    private var outputLog: String { directory + "/../postgres-commands.log" }

    private func initialise(_ random: inout RandomSource) throws(Fault) {
        let password = (0..<4).map { _ in String(random.next(), radix: 36) }.joined()
        guard let file = fopen(passwordFile, "w") else { throw unwritable() }
        fputs(password + "\n", file)
        fclose(file)
        chmod(passwordFile, 0o600)
        try own(passwordFile)
        try run(
            "initdb",
            [
                "-D", data, "-U", Self.user, "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8",
                "--no-locale", "--no-sync",
            ])
    }

    private func makeFolder() throws(Fault) {
        if mkdir(directory, 0o700) != 0 && errno != EEXIST { throw unwritable() }
        try own(directory)
        // Before Postgres says it in its own words: a folder above may be closed to its user.
        guard (try? asServer("/usr/bin/test", ["-w", directory])) == nil else { return }
        throw Fault(
            "dev.folder", "the user `postgres`, who runs the local Postgres, cannot reach `\(directory)`",
            hint: "name another folder with --state, for example one below /tmp", domain: .external)
    }

    /// Hands a file to the user who runs Postgres.
    private func own(_ path: String) throws(Fault) {
        guard geteuid() == 0 else { return }
        guard let entry = getpwnam("postgres") else {
            throw Fault(
                "dev.postgres_user", "Postgres does not run as root, and there is no user `postgres`",
                hint: "install the Debian package postgresql, or run as another user", domain: .external)
        }
        guard chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else { throw unwritable() }
    }

    private func run(_ program: String, _ arguments: [String]) throws(Fault) {
        try asServer(bin + "/" + program, arguments)
    }

    private func asServer(_ program: String, _ arguments: [String]) throws(Fault) {
        guard geteuid() == 0 else { return try ChildProcess.run(program, arguments, log: outputLog) }
        let change = ["--reuid", "postgres", "--regid", "postgres", "--init-groups", program]
        try ChildProcess.run("setpriv", change + arguments, log: outputLog)
    }

    /// The newest server that Debian has installed, else the one in the PATH.
    private static func findServer() throws(Fault) -> String {
        var found = glob_t()
        defer { globfree(&found) }
        if glob("/usr/lib/postgresql/*/bin/initdb", 0, nil, &found) == 0 {
            let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
            let newest = paths.max { version($0) < version($1) }
            if let newest { return String(newest.dropLast("/initdb".count)) }
        }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        if let folder = path.split(separator: ":").first(where: { access($0 + "/initdb", X_OK) == 0 }) {
            return String(folder)
        }
        throw Fault(
            "dev.postgres_missing", "no Postgres server is installed",
            hint: "run tools/setup, or install the package postgresql", domain: .external)
    }

    private static func version(_ path: String) -> Int {
        path.split(separator: "/").compactMap { Int($0) }.first ?? 0
    }

    private static func readLine(of path: String, number: Int = 1) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 1_024)
        for _ in 0..<number where fgets(&text, Int32(text.count), file) == nil { return nil }
        return String(decoding: text.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func unwritable() -> Fault {
        .system("dev.postgres_folder", "the folder \(directory) of the local Postgres cannot be written")
    }

    private func damaged() -> Fault {
        Fault(
            "dev.postgres_damaged", "the local Postgres in \(directory) is damaged", hint: "remove the folder",
            domain: .external)
    }
}
