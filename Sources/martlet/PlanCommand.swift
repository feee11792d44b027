import ArgumentParser
import Pipelines
import Primitives
import Service

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what each operator's state will do under a file: keep, migrate, rebuild, drop.",
        discussion: "Nothing is changed. `run` refuses to lose or rebuild state without the hash that this prints.")

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(help: ArgumentHelp("The state folder; .martlet/PIPELINE if absent.", valueName: "dir"))
    var state: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var pipeline: PipelineArguments

    func run() throws {
        let plan = try pipeline.plan(file, undefined: .warning)
        do throws(Fault) {
            let statePlan = try StateFolder.statePlan(
                plan, directory: StateFolder.path(state, pipeline: plan.name),
                report: { Terminal.say("state: \($0.description)") })
            Terminal.write(json ? statePlan.json() : statePlan.text(), to: .output)
        } catch {
            Terminal.say(Terminal.red("plan failed: ") + plan.redactor.redact(error.description))
            throw ExitCode(1)
        }
    }
}
