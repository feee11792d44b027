package import Columnar
package import Primitives

/// Turns undecoded records into columns. One for each subtask; not thread-safe.
package protocol Decoder: AnyObject {
    /// The columns it makes: those of the source's schema that the plan needs.
    var schema: Schema { get }

    /// Decodes every record or says why not; the result's rows are in the order of the records.
    func decode(_ records: RawRecords) -> DecodedRecords
}

/// What became of some undecoded records: `records.count = batch.rowCount + rejected.count`.
package struct DecodedRecords {
    /// With event times, unless the stream has none.
    package var batch: RecordBatch
    package var rejected: [DeadLetter]

    package init(batch: RecordBatch, rejected: [DeadLetter]) {
        self.batch = batch
        self.rejected = rejected
    }
}

/// Where a source's event time comes from.
package enum EventTimeOrigin: Sendable, Hashable {
    /// A column; a record without a value there is a dead letter.
    case column(String)
    /// The time that the transport says the record was written.
    case transport
}

/// Makes decoders of one format.
package protocol FormatFactory: Sendable {
    var spec: ComponentSpec { get }

    /// The schema of the records: what the file's `schema:` (already read) says, as the format's settings map it.
    func schema(_ settings: Settings, declared: Schema?, _ faults: FaultCollector) -> Schema?

    /// - Parameter schema: the columns wanted, a part of what `schema(_:declared:_:)` gave.
    func makeDecoder(_ settings: Settings, schema: Schema, eventTime: EventTimeOrigin) throws(Fault) -> any Decoder
}
