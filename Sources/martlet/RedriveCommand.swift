import ArgumentParser
import Glibc
import Pipelines
import Primitives
import Service

struct RedriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Sends dead letters and refused rows through a pipeline again, each once.",
        discussion: """
            The pipeline must not be running. Each letter goes where it was refused: a record to its source's decoder, a \
            row to its operator or its sink. What is refused again waits again.
            """)

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(help: ArgumentHelp("The state folder; .martlet/PIPELINE if absent.", valueName: "dir"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Letters from a file that a sink of `dead_letters` wrote, in place of those in the state folder.",
            valueName: "file"))
    var letters: String?

    @Option(help: "Subtasks, each on a thread of its own.")
    var threads = 1

    @Option(help: ArgumentHelp("Write the ledger to this file as JSON.", valueName: "file"))
    var summary: String?

    @OptionGroup var pipeline: PipelineArguments

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is from 1 to 256") }
    }

    func run() throws {
        let plan = try pipeline.plan(file)
        let clock = SystemClock()
        var options = RunOptions(
            threads: threads, untilEnd: true, stateDirectory: StateFolder.path(state, pipeline: plan.name))
        options.redrives = true
        options.letters = letters
        let redactor = plan.redactor
        let run = PipelineRun(plan, options, clock: clock) { node, fault in
            Terminal.say("\(node): \(redactor.redact(fault.description))")
        }
        StopSignals.handle { run.stop() }
        do throws(Fault) {
            let ledger = try run.run()
            if let summary { try SummaryFile.write(ledger, pipeline: run.name, seconds: run.seconds, to: summary) }
            Terminal.say(LedgerText.render(ledger))
        } catch {
            Terminal.say(Terminal.red("redrive failed: ") + redactor.redact(error.description))
            throw ExitCode(1)
        }
        for path in run.parkedPaths { Terminal.say("letters that were refused again are in \(path)") }
    }
}
