import ArgumentParser

/// Measures the engine's parts, and whole workloads without their files, and checks every answer.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the engine; every answer is checked.",
        subcommands: [MicroCommand.self, WorkloadCommand.self], defaultSubcommand: MicroCommand.self)
}
