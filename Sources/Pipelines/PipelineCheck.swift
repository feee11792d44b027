/// A pipeline file after every check that needs nothing but files: the plan, or what is wrong.
package struct PipelineCheck: Sendable {
    /// `nil` if, and only if, there is an error among the diagnostics.
    package var plan: LogicalPlan?
    /// Errors and warnings, sorted by place; all at once.
    package var diagnostics: [Diagnostic]

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Reads and checks a file of the file system.
    ///
    /// - Parameters:
    ///   - path: as the command line names it; relative paths in the file start from its folder.
    ///   - environment: what `${NAME}` is filled from.
    ///   - undefined: what a variable without a value is. With `.warning` the file is checked around it, for a place
    ///     that does not have the environment of the run; a plan that cannot be made without it is an error still.
    ///   - overrides: the `--set`s of the command line, in order.
    package static func file(
        _ path: String, catalogue: ComponentCatalogue, environment: [String: String],
        undefined: Diagnostic.Severity = .error, overrides: [Override] = []
    ) -> PipelineCheck {
        let findings = Findings()
        let variables = Variables(environment: environment, undefined: undefined)
        let file = PipelineFile.read(path: path, variables, overrides: overrides, findings)
        return check(file, catalogue, findings)
    }

    /// Reads and checks a text as if it were the file at `path`.
    package static func text(
        _ text: String, path: String, catalogue: ComponentCatalogue, environment: [String: String],
        undefined: Diagnostic.Severity = .error, overrides: [Override] = []
    ) -> PipelineCheck {
        bytes(
            Array(text.utf8), path: path, catalogue: catalogue, environment: environment, undefined: undefined,
            overrides: overrides)
    }

    /// Reads and checks bytes as if they were the file at `path`.
    package static func bytes(
        _ bytes: [UInt8], path: String, catalogue: ComponentCatalogue, environment: [String: String],
        undefined: Diagnostic.Severity = .error, overrides: [Override] = []
    ) -> PipelineCheck {
        let findings = Findings()
        let variables = Variables(environment: environment, undefined: undefined)
        let file = PipelineFile.parse(bytes, path: path, variables, overrides: overrides, findings)
        return check(file, catalogue, findings)
    }

    private static func check(_ file: PipelineFile, _ catalogue: ComponentCatalogue, _ findings: Findings)
        -> PipelineCheck
    {
        var redactor = file.redactor
        var plan: LogicalPlan?
        if let root = file.root {
            var reader = SpecReader(catalogue: catalogue, findings: findings)
            let spec = reader.read(root, baseDirectory: file.baseDirectory)
            for secret in reader.secrets { redactor.hideSecret(secret) }
            if let spec {
                let places = FaultPlaces(sources: file.sources)
                let planner = PipelinePlanner(
                    spec: spec, catalogue: catalogue, places: places, findings: findings, redactor: redactor)
                plan = planner.plan()
            }
        }
        if plan == nil, !findings.hasErrors { findings.requireVariables() }
        let diagnostics = findings.diagnostics(in: file.sources, redactor: redactor)
        return PipelineCheck(plan: findings.hasErrors ? nil : plan, diagnostics: diagnostics)
    }
}
