import ArgumentParser
import Glibc
import Pipelines

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files offline and reports every fault at once.",
        discussion: """
            Exit status 2 if any file has an error. A variable without a value is a warning here: the file is checked
            around it. A run needs it.
            """)

    @Argument(help: "Pipeline files.")
    var files: [String]

    @Flag(help: "Write the findings as JSON to standard output.")
    var json = false

    @OptionGroup var pipeline: PipelineArguments

    func run() throws {
        var diagnostics: [Diagnostic] = []
        var hasErrors = false
        for file in files {
            let check = try pipeline.check(file, undefined: .warning)
            diagnostics += check.diagnostics
            hasErrors = hasErrors || check.plan == nil
            if !json {
                Terminal.write(DiagnosticRenderer.text(check.diagnostics), to: .error)
                if let plan = check.plan {
                    Terminal.say("\(file): valid")
                    for line in plan.stateLines { Terminal.say("  \(line)") }
                }
            }
        }
        if json { Terminal.write(DiagnosticRenderer.json(diagnostics) + "\n", to: .output) }
        if hasErrors { throw ExitCode(2) }
    }
}
