import Dataflow

/// The keys of a pipeline file that no component brings: the source of their validation, of the JSON Schema and of the
/// reference.
enum PipelineShape {
    static let pipeline = FieldSpec(
        "pipeline", .string, required: true,
        doc:
            "Names the consumer group, the state folder and the metrics label. Lowercase letters, digits, `_` and `-`.",
        example: "brand-listening")
    static let description = FieldSpec(
        "description", .string, doc: "What the pipeline is for, in a sentence.",
        example: "Sentiment and crises of the watched brands.")

    static let checkpoint: [FieldSpec] = [
        FieldSpec(
            "interval", .duration, default: "10s",
            doc: "The longest time between two commits. A longer one costs less and repeats more after a crash. A sink "
                + "whose rows wait has one made sooner, as long as a busy run spends no more than a twentieth of its time on "
                + "them. `0s`: state does not survive the run.", example: "10s")
    ]

    static let resources: [FieldSpec] = [
        FieldSpec(
            "memory", .byteSize,
            doc: "Memory that the run may take. 128 MiB of it, at most half, are for the program, rows under way and "
                + "files; the rest is for the state of all operators together. What they keep beyond it goes to disk "
                + "(`dedupe`, `aggregate`), and before anything starts the worst case of what cannot is checked. "
                + "Without it nothing is checked, and state goes to disk as if it were 1GiB, or half of what the "
                + "machine or the control group has, if that is less.", example: "1GiB"),
        FieldSpec(
            "disk", .byteSize,
            doc: "Disk that the state folder may take: checkpoints, what waits for receivers, and state that memory "
                + "has no room for.", example: "20GiB"),
    ]

    static let eventTime: [FieldSpec] = [
        FieldSpec(
            "column", .column,
            doc: "The timestamp column that says when a record happened. Without it the time that the transport says "
                + "(Kafka's record timestamp).", example: "created_at"),
        FieldSpec(
            "delay", .duration, default: "5s",
            doc: "How far records may come out of order. A window closes this much later.", example: "5s"),
        FieldSpec(
            "idle", .duration, default: "30s",
            doc: "A partition that is quiet for this long no longer holds windows open.", example: "30s"),
    ]

    static let onErrorDoc =
        "What becomes of a record that cannot be decoded: `dead_letter` sends it to the stream "
        + "`dead_letters`, `skip` counts it, `fail` ends the run."

    /// The keys of a source beside its connector. `format` is read by hand: it names a component.
    static let source: [FieldSpec] = [
        FieldSpec(
            "format", .string, default: defaultFormat,
            doc: "How records are encoded: a format's name, or its name with settings.", example: "json"),
        FieldSpec(
            "schema", .path, doc: "The file that declares the records' columns.", example: "../schemas/mention.avsc"),
        FieldSpec("event_time", .object(eventTime), doc: "When a record happened."),
        FieldSpec(
            "on_error", .choice(RecordFaultPolicy.allCases.map(\.rawValue)),
            default: RecordFaultPolicy.deadLetter.rawValue, doc: onErrorDoc, example: "dead_letter"),
    ]

    static let operatorFrom = FieldSpec(
        "from", .either([.string, .list(.string)]), required: true,
        doc: "The source or operator it reads, or a list of them.", example: "mentions")
    static let sinkFrom = FieldSpec(
        "from", .string, required: true,
        doc: "The source or operator it writes, or one of the streams `dead_letters` and `late`.", example: "by_brand")

    static let defaultFormat = "json"
    static let defaultInterval = Duration.seconds(10)
    static let defaultDelay = Duration.seconds(5)
    static let defaultIdle = Duration.seconds(30)

    /// What the sections hold, for readers.
    static let sections: [(name: String, doc: String)] = [
        ("sources", "Where records come from. Each source has a name, one connector, and how its records are read."),
        ("operators", "What happens to the rows. An operator's name is its identity: its state is found by it."),
        ("sinks", "Where rows go."),
        ("checkpoint", "How often state, positions and sinks are committed together."),
        ("resources", "What the pipeline may take of the machine."),
    ]

    static let nameLengthMax = 128

    /// `[a-z0-9][a-z0-9_-]*`, at most 128 bytes.
    static func isName(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= nameLengthMax else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
