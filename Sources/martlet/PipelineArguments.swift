import ArgumentParser
import Glibc
import Pipelines
import Service

/// What every command about a pipeline file takes.
struct PipelineArguments: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a value of the file, for example sources.mentions.file.rate=500.", valueName: "path=value"))
    var overrides: [String] = []

    func parsedOverrides() throws -> [Override] {
        try overrides.map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("--set takes PATH=VALUE, and this is `\(text)`")
            }
            return Override(path: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
        }
    }

    func check(
        _ path: String, environment: [String: String] = Environment.all, undefined: Diagnostic.Severity
    ) throws -> PipelineCheck {
        PipelineCheck.file(
            path, catalogue: .martlet, environment: environment, undefined: undefined,
            overrides: try parsedOverrides())
    }

    /// The plan of a file without faults; otherwise says every fault and leaves with status 2.
    ///
    /// - Parameter undefined: what a variable without a value is: a run needs it, to look at the file does not.
    func plan(
        _ path: String, environment: [String: String] = Environment.all, undefined: Diagnostic.Severity = .error
    ) throws -> LogicalPlan {
        let check = try check(path, environment: environment, undefined: undefined)
        if !check.diagnostics.isEmpty {
            Terminal.write(DiagnosticRenderer.text(check.diagnostics), to: .error)
        }
        guard let plan = check.plan else { throw ExitCode(2) }
        return plan
    }
}

enum Environment {
    /// The process's environment.
    static var all: [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                found[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return found
    }
}
