package import Columnar

/// A record that cannot go on, with its reason, its bytes and its position.
package struct DeadLetter: Sendable {
    /// Stable and searchable: `json.syntax`, `expression.failed`.
    package var code: String
    package var reason: String
    /// What people call the place it comes from: a topic, a file's path; empty within the graph.
    package var origin: String
    package var partition: Int32
    package var offset: Int64
    /// The record as it came, or the row as JSON where an operator refused it; `nil` for a null payload.
    package var bytes: [UInt8]?
    package var eventTime: Int64?

    package init(
        code: String, reason: String, origin: String, partition: Int32, offset: Int64, bytes: [UInt8]?,
        eventTime: Int64? = nil
    ) {
        self.code = code
        self.reason = reason
        self.origin = origin
        self.partition = partition
        self.offset = offset
        self.bytes = bytes
        self.eventTime = eventTime
    }

    /// The columns of the streams `dead_letters` and `late`.
    package static let schema = Schema([
        Field("node", .string),
        Field("code", .string),
        Field("reason", .string),
        Field("origin", .string),
        Field("partition", .int64),
        Field("offset", .int64),
        Field("event_time", .timestamp, isNullable: true),
        Field("bytes", .bytes, isNullable: true),
    ])

    /// Letters of one node as a batch of `schema`.
    package static func batch(_ letters: [DeadLetter], node: String) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type, capacity: letters.count) }
        for letter in letters {
            builders[0].append(node)
            builders[1].append(letter.code)
            builders[2].append(letter.reason)
            builders[3].append(letter.origin)
            builders[4].append(Int64(letter.partition))
            builders[5].append(letter.offset)
            if let time = letter.eventTime { builders[6].append(time) } else { builders[6].appendNull() }
            if let bytes = letter.bytes { builders[7].append(bytes) } else { builders[7].appendNull() }
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: letters.count)
    }
}
