package import Columnar
package import Dataflow
package import Primitives

/// The format `json`: one JSON object a record.
package struct JSONFormat: FormatFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "json",
        summary: "One JSON object a record.",
        doc:
            "The whole record is checked (RFC 8259), and only the columns that the pipeline needs are decoded. Numbers "
            + "and ids of 64 bits stay exact. A time is an RFC 3339 string or a number of the unit that the schema says. "
            + "A value that is absent or null takes the schema's default, else null where the column allows it. A record "
            + "that is no JSON object, lacks a required value or has one of another type is a dead letter with the code "
            + "`json.syntax`, `json.type`, `json.missing`, `json.range`, `json.event_time`, `json.null_payload` or "
            + "`json.too_large`. Of a key that comes twice, the last counts.",
        kind: .object([
            FieldSpec(
                "map", .map(.either([.string, .list(.string), .object(Self.originSpec)])),
                doc:
                    "Where columns, by path, are found in the record: `metrics.likes: data.public_metrics.like_count`. "
                    + "`[0]` is an element of an array, `[*]` each of them (for a list column). Of a list of places the "
                    + "first that has a value counts. A text in double quotes is the same in every record: "
                    + "`platform: '\"x\"'`. Whole numbers may go into a mapped string column. Columns that are not "
                    + "listed are found under their own names.",
                example: "{ id: data.id, text: [data.note_tweet.text, data.text], platform: '\"x\"' }"),
            FieldSpec(
                "max_record_size", .byteSize, default: "32MiB",
                doc:
                    "Larger records become dead letters unread. Up to 1GiB; a decoder takes about 10 times the memory of "
                    + "the largest record it has met."),
        ]),
        example: "format: { json: { map: { id: data.id, text: data.text } } }")

    private static let originSpec = [
        FieldSpec("path", .either([.string, .list(.string)]), required: true, doc: "A place, or several."),
        FieldSpec(
            "unit", .choice(Self.units.map(\.name)),
            doc: "What a number counts from the epoch on, for a timestamp column.", example: "s"),
        FieldSpec(
            "as", .choice(JSONColumnOrigin.Rewrite.allCases.map(\.rawValue)),
            doc: "`html_text`: the value is HTML; the column gets the text that its reader sees."),
    ]

    static let units: [(name: String, unit: FieldDecoding.TimeUnit)] = [
        ("s", .seconds), ("ms", .milliseconds), ("us", .microseconds),
    ]

    /// The largest limit that may be set, in bytes.
    static let recordBytesLimit: Int64 = 1 << 30

    package func schema(_ settings: Settings, declared: Schema?, _ faults: FaultCollector) -> Schema? {
        if let size = settings["max_record_size"], let bytes = size.byteSize,
            !(1...Self.recordBytesLimit).contains(bytes)
        {
            faults.report(
                Fault("format.size", "a record cannot be limited to \(bytes) bytes", hint: "write 1B to 1GiB"),
                at: size.path)
        }
        guard let declared else {
            faults.report(
                Fault("schema.missing", "JSON records need a schema", hint: "name an .avsc file with `schema:`"),
                at: settings.path)
            return nil
        }
        _ = JSONMapping(settings).origins(declared, faults)
        return declared
    }

    package func makeDecoder(
        _ settings: Settings, schema: Schema, eventTime: EventTimeOrigin
    ) throws(Fault) -> any Decoder {
        let size = settings["max_record_size"]?.byteSize ?? Int64(JSONColumnDecoder.recordBytesMax)
        return try JSONColumnDecoder(
            schema: schema, origins: JSONMapping(settings).origins(nil, FaultCollector()), eventTime: eventTime,
            recordBytesMax: Int(clamping: min(size, Self.recordBytesLimit)))
    }
}
