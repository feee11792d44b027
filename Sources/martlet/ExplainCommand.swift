import ArgumentParser
import Glibc
import Pipelines

extension Explain.Format: ExpressibleByArgument {}

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows the typed graph: columns, state and its worst case, where rows are exchanged.")

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(help: "text, json or dot.")
    var format = Explain.Format.text

    @OptionGroup var pipeline: PipelineArguments

    func run() throws {
        Terminal.write(Explain.render(try pipeline.plan(file, undefined: .warning), as: format), to: .output)
    }
}
