import ArgumentParser
import Dataflow
import Foundation
import Pipelines
import Primitives
import Service

struct WorkloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload", abstract: "Measures workloads whose records are in memory already.",
        discussion: """
            The pipelines of bench/pipelines on the records of DIR, which bench/make-data has filled. The rows go to a \
            file, which bench/compare holds against the reference. `bench/speed` measures them from file, as whole \
            processes. To be run in the folder of the checkout.
            """)

    @Argument(help: "The folder of the data.")
    var folder: String

    @Argument(help: "W1, W2, W3, W5; all if absent.")
    var names: [String] = []

    @OptionGroup var options: MeasuringOptions

    func validate() throws {
        for name in names where Workload(rawValue: name) == nil {
            throw ValidationError("there is no workload `\(name)`")
        }
    }

    func run() throws {
        let report = Report(isJSON: options.isJSON)
        report.begin()
        for workload in names.isEmpty ? Workload.allCases : names.compactMap({ Workload(rawValue: $0) }) {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(workload.input)")))
            let source = MemorySource(lines: bytes)
            var measurement = Measurement(
                name: workload.rawValue, unit: "records", threads: options.threads, count: source.recordCount)
            for _ in 0..<options.runs {
                let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: scratch) }
                let output = scratch.appending(path: "out.ndjson").path
                let plan = try workload.plan(source, folder: folder, output: output)
                source.rewind()
                let runOptions = RunOptions(
                    threads: options.threads, untilEnd: true, stateDirectory: scratch.appending(path: "state").path)
                let run = PipelineRun(plan, runOptions, clock: SystemClock()) { _, _ in }
                try measurement.add { () throws(Fault) in _ = try run.run() }
                try workload.compare(output, folder: folder)
            }
            try report.add(measurement)
        }
    }
}
