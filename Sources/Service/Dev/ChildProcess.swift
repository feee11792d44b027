import Glibc
import Primitives

/// A program that runs beside ours.
///
/// It gets a process group of its own, so that Ctrl-C reaches only us and we end it in order, and starts with no signal
/// blocked or ignored, whatever we do about ours.
final class ChildProcess: @unchecked Sendable {
    // Sendable: `pid` does not change; the kernel's answers are the same for every thread.
    private let pid: pid_t

    /// - Parameters:
    ///   - log: where its output goes.
    ///   - environment: `NAME=VALUE`, added to ours.
    init(_ program: String, _ arguments: [String], log: String, environment: [String] = []) throws(Fault) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigemptyset(&all)
        sigaddset(&all, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        let status = Self.withCStrings([program] + arguments) { arguments in
            Self.withCStrings(Self.inherited + environment) { environment in
                posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
            }
        }
        guard status == 0 else {
            throw Fault(
                "dev.start", "`\(program)` cannot be started", detail: String(cString: strerror(status)),
                domain: .external)
        }
        self.pid = pid
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String], log: String, environment: [String] = []) throws(Fault) {
        let child = try ChildProcess(program, arguments, log: log, environment: environment)
        let status = child.wait()
        guard status == 0 else {
            throw Fault(
                "dev.command", "`\(program)` failed with status \(status)", detail: lastLine(of: log),
                hint: "its output is in \(log)", domain: .external)
        }
    }

    var isRunning: Bool {
        var information = siginfo_t()
        // Looks without taking the end away from `wait`.
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo == 0
    }

    /// Asks it to end, and ends it if it has not after some seconds.
    func terminate(patienceSeconds: Int = 5) {
        kill(pid, SIGTERM)
        for _ in 0..<patienceSeconds * 50 where isRunning { usleep(20_000) }
        if isRunning { kill(pid, SIGKILL) }
        _ = wait()
    }

    /// Waits for its end.
    /// - Returns: its exit status; 128 + N if signal N ended it.
    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    static func lastLine(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var last: String?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0 {
            if let line, let text = String(validatingCString: line), text != "\n" { last = text }
        }
        return last.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }
    }

    private static var inherited: [String] {
        var found: [String] = []
        var entry = environ
        while let text = entry.pointee {
            found.append(String(cString: text))
            entry += 1
        }
        return found
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
