import ArgumentParser
import Glibc
import Pipelines
import Service

/// Writes what is generated from the components' own descriptions; for the makers of Martlet.
struct DocsCommand: ParsableCommand {
    enum Document: String, ExpressibleByArgument, CaseIterable {
        case schema
        case reference
    }

    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Writes the JSON Schema or the reference of pipeline files.",
        shouldDisplay: false)

    @Argument(help: "schema or reference.")
    var document: Document

    func run() {
        switch document {
        case .schema: Terminal.write(JSONSchemaWriter.schema(.martlet), to: .output)
        case .reference: Terminal.write(ReferenceWriter.markdown(.martlet), to: .output)
        }
    }
}
