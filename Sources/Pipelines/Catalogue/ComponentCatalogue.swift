package import Columnar
package import Dataflow
package import Primitives

/// Reads the file that a source's `schema:` names.
package protocol SchemaReader: Sendable {
    /// - Parameter path: absolute, or relative to the working directory.
    func readSchema(_ path: String) throws(Fault) -> Schema
}

/// Everything that a pipeline file may name. The composition root fills it; there is no global registry.
package struct ComponentCatalogue: Sendable {
    package var sources: [any SourceFactory]
    package var sinks: [any SinkFactory]
    package var formats: [any FormatFactory]
    package var operators: [any OperatorFactory]
    package var schemaReader: any SchemaReader
    /// Reads a small static table from a file; a relative path starts from the working directory.
    package var readTable: @Sendable (_ path: String) throws(Fault) -> StaticTable

    /// Models of text analysis.
    package var models: ModelFiles

    package init(
        sources: [any SourceFactory], sinks: [any SinkFactory], formats: [any FormatFactory],
        operators: [any OperatorFactory], schemaReader: any SchemaReader, models: ModelFiles = .none,
        readTable: @escaping @Sendable (_ path: String) throws(Fault) -> StaticTable
    ) {
        self.sources = sources
        self.sinks = sinks
        self.formats = formats
        self.operators = operators
        self.schemaReader = schemaReader
        self.readTable = readTable
        self.models = models
    }

    func source(named name: String) -> (any SourceFactory)? { sources.first { $0.spec.name == name } }
    func sink(named name: String) -> (any SinkFactory)? { sinks.first { $0.spec.name == name } }
    func format(named name: String) -> (any FormatFactory)? { formats.first { $0.spec.name == name } }
    func `operator`(named name: String) -> (any OperatorFactory)? { operators.first { $0.spec.name == name } }
}
