import ArgumentParser
import Glibc
import Primitives
import Service

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Describes, verifies or exports what a pipeline has kept in its state folder.",
        discussion: """
            Nothing is changed, and a run may go on meanwhile. With --verify every row is read; exit status 3 if \
            anything is damaged. With --export rows are written to standard output as JSON, one a line, as they are \
            stored: the newest of a bucket first, replaced ones behind.
            """)

    @Argument(help: ArgumentHelp("A state folder, as given to `martlet run --state`.", valueName: "dir"))
    var folder: String

    @Flag(help: "Read every checkpoint to the last row.")
    var verify = false

    @Option(help: ArgumentHelp("Write the rows of this operator's state.", valueName: "operator"))
    var export: String?

    @Option(help: "Of this table alone.")
    var table: String?

    @Option(help: "Of this bucket alone: most are named by when they begin, in microseconds since 1970.")
    var bucket: Int64?

    @Flag(help: "Write the description as JSON to standard output.")
    var json = false

    func validate() throws {
        if export == nil, table != nil || bucket != nil {
            throw ValidationError("--table and --bucket are for --export")
        }
        if export != nil, verify || json { throw ValidationError("--export goes with neither --verify nor --json") }
    }

    func run() throws {
        do throws(Fault) {
            let state = try StateInventory(directory: folder, disk: LocalDisk(root: ""))
            if let export {
                try state.export(node: export, table: table, bucket: bucket) { (rows) throws(Fault) in
                    Terminal.write(String(decoding: StateText.lines(rows), as: UTF8.self), to: .output)
                }
                return
            }
            let faults = verify ? state.verify() : state.checkpoints.compactMap(\.fault)
            let text = json ? String(decoding: StateText.json(state, faults), as: UTF8.self) : StateText.render(state)
            Terminal.write(text, to: .output)
            for fault in faults { Terminal.say(Terminal.red("damaged: ") + fault.description) }
            if verify, faults.isEmpty { Terminal.say("every row has been read: all is whole") }
            if !faults.isEmpty { Glibc.exit(3) }
        } catch {
            Terminal.say(Terminal.red("state failed: ") + error.description)
            throw ExitCode(verify && error.code != "state.none" ? 3 : 1)
        }
    }
}
