import Formats
import Primitives

/// How far a generator has come.
struct GeneratorPosition: Sendable, Hashable {
    /// The number of the next record.
    var record: Int64
    /// The event time of record 0, in microseconds: where the file names none, a later run keeps that of the first.
    var start: Int64

    init(record: Int64, start: Int64) {
        self.record = record
        self.start = start
    }

    /// Reads what `text` wrote.
    init(_ text: String) throws(Fault) {
        let value = try JSONValue.parse(Array(text.utf8))
        guard let record = value["record"]?.int64, let start = value["start"]?.int64, record >= 0 else {
            throw Fault("generator.position", "`\(text)` is no position of a generator", domain: .internal)
        }
        self.init(record: record, start: start)
    }

    /// `{"record":4096,"start":1767225600000000}`.
    var text: String { "{\"record\":\(record),\"start\":\(start)}" }
}
