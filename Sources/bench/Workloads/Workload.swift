import Dataflow
import Foundation
import Pipelines
import Primitives
import Service

/// A workload that has a reference result.
enum Workload: String, CaseIterable {
    case w1 = "W1"
    case w2 = "W2"
    case w3 = "W3"
    case w5 = "W5"

    /// The file of its records.
    var input: String { self == .w5 ? "ads2m.json" : "m2m.json" }

    /// Its pipeline, with a source in memory for the source of the file.
    func plan(_ source: MemorySource, folder: String, output: String) throws(Fault) -> LogicalPlan {
        var catalogue = ComponentCatalogue.martlet
        catalogue.sources = catalogue.sources.map { known in
            known.spec.name == "file" ? MemorySourceFactory(spec: known.spec, source: source) : known
        }
        let folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        let environment = ["INPUT": "\(folder)/\(input)", "OUTPUT": output, "LOOKUP": "\(folder)/ads_map.json"]
        let check = PipelineCheck.file(
            "bench/pipelines/\(rawValue.lowercased()).yaml", catalogue: catalogue, environment: environment)
        guard let plan = check.plan else {
            throw Fault(
                "bench.pipeline", "the pipeline of \(rawValue) has faults",
                detail: DiagnosticRenderer.text(check.diagnostics), hint: "run it in the folder of the checkout")
        }
        return plan
    }

    /// Holds an output against the reference.
    func compare(_ output: String, folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "bench/compare")
        process.arguments = [rawValue, output, "\(folder)/ref-\(rawValue.lowercased()).csv"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Fault("bench.wrong", "\(rawValue) gave a wrong answer")
        }
    }
}

/// Stands for the source `file`, with the same settings.
private struct MemorySourceFactory: SourceFactory {
    let spec: ComponentSpec
    let source: MemorySource

    func open(_ settings: Settings, _ context: SourceContext) -> any Source { source }
}
