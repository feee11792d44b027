import ArgumentParser
import CMalloc
import Glibc

/// The command line. Exit status: 0 done; 1 the run failed; 2 the command line or the pipeline file is wrong; 3 a test
/// or a check failed.
@main
struct Martlet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Stream processing for social signals: one YAML file of typed operators, checked, explained and run.",
        discussion: """
            martlet validate pipelines/brand-listening.yaml
            martlet explain pipelines/brand-listening.yaml
            martlet dev pipelines/brand-listening.yaml --for 60s
            martlet run pipelines/brand-listening.yaml --summary summary.json
            """,
        version: "0.1.0",
        subcommands: [
            ValidateCommand.self, ExplainCommand.self, RunCommand.self, PlanCommand.self, RedriveCommand.self,
            BacktestCommand.self, DevCommand.self, StateCommand.self,
            DocsCommand.self,
        ])

    static func main() {
        // State is spilled to give memory back. The C library would keep freed blocks of up to 32 MiB for itself: it
        // raises this threshold with each one that is freed, unless it is set.
        _ = mallopt(M_MMAP_THRESHOLD, 1 << 20)
        // What is freed at the end of a heap is wanted again by the next batch: giving each 128 KiB of it back to the
        // system cost a page fault for every few rows.
        _ = mallopt(M_TRIM_THRESHOLD, 8 << 20)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if !message.isEmpty { Terminal.write(message + "\n", to: code == .success ? .output : .error) }
            // ArgumentParser's own status for a wrong command line is the system's EX_USAGE; ours is 2.
            Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
