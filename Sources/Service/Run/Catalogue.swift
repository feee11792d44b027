import Columnar
import Dataflow
import Formats
import Glibc
import KafkaConnector
import LocalConnectors
import Operators
package import Pipelines
import PostgresConnector
import Primitives
import WebhookConnector

extension ComponentCatalogue {
    /// Everything that Martlet has, named in one place.
    package static let martlet = ComponentCatalogue(
        sources: [KafkaSourceFactory(), FileSourceFactory(), GeneratorSourceFactory()],
        sinks: [
            PostgresSinkFactory(), KafkaSinkFactory(), WebhookSinkFactory(), EmailSinkFactory(), FileSinkFactory(),
            ConsoleSinkFactory(),
        ],
        formats: [JSONFormat()],
        operators: BuiltinOperators.all,
        schemaReader: AvroFiles(), models: ModelFolder.files,
        readTable: { path throws(Fault) in try TableReader.read(readFile(path)) })
}

/// Reads schemas from `.avsc` files.
private struct AvroFiles: SchemaReader {
    func readSchema(_ path: String) throws(Fault) -> Schema {
        try AvroSchemaReader.read(readFile(path))
    }
}

/// A whole file.
func readFile(_ path: String) throws(Fault) -> [UInt8] {
    guard let bytes = SystemFile.read(path) else {
        throw Fault("file.open", "file `\(path)` cannot be read", detail: String(cString: strerror(errno)))
    }
    return bytes
}
