package import Dataflow
package import Primitives
import Synchronization

/// The source `generator`: seeded mentions or engagements, so that a newcomer needs no broker.
package struct GeneratorSourceFactory: SourceFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "generator",
        summary: "Makes mentions of brands, or engagements with posts: seeded, with duplicates, disorder and a crisis.",
        doc:
            "Its records have the shape of `schemas/mention.avsc` or `schemas/engagement.avsc`. The same seed and start "
            + "give the same records.",
        kind: .object([
            FieldSpec(
                "kind", .choice(GeneratorSourceFactory.kinds), default: "mentions",
                doc: "`mentions`: posts about brands. `engagements`: likes, shares, comments and views of such posts."),
            FieldSpec("rate", .integer(1...100_000_000), default: "1000", doc: "Records a second."),
            FieldSpec("count", .integer(1...Int64.max), doc: "How many in all; without end if absent."),
            FieldSpec(
                "replay", .bool, default: "false",
                doc: "Make them as fast as can be, instead of `rate` a second of the wall clock."),
            FieldSpec("seed", .integer(0...Int64.max), default: "1", doc: "Another seed makes other records."),
            FieldSpec(
                "start", .string, doc: "The event time of the first, as RFC 3339; the present if absent.",
                example: "2026-01-01T00:00:00Z"),
            FieldSpec(
                "brands", .list(.string),
                doc: "Whom the mentions are about, the most mentioned first; ten made-up ones if "
                    + "absent."),
            FieldSpec("duplicates", .number(0...1), default: "0.02", doc: "The share of records that come twice."),
            FieldSpec("disorder", .duration, default: "2s", doc: "How far a record may be behind those before it."),
            FieldSpec(
                "crisis",
                .object([
                    FieldSpec("brand", .string, required: true, doc: "One of the brands."),
                    FieldSpec("at", .duration, default: "1m", doc: "When it starts, counted from the first record."),
                    FieldSpec("for", .duration, default: "2m", doc: "How long it lasts."),
                    FieldSpec(
                        "factor", .number(1...1_000), default: "8",
                        doc: "How many times its usual share the brand gets."),
                ]), doc: "A stretch in which one brand is talked about much more, and badly."),
        ]),
        example: """
            mentions:
              generator: { rate: 2000, crisis: { brand: aurora, at: 1m } }
              format: json
              schema: ../schemas/mention.avsc
              event_time: { column: created_at, delay: 5s }
            """)

    /// What it can make.
    package static let kinds = ["mentions", "engagements"]

    static let defaultBrands = [
        "aurora", "northwind", "halcyon", "zephyr", "lumen", "orchard", "pinnacle", "meridian", "cobalt", "juniper",
    ]

    package func validate(_ settings: Settings, _ faults: FaultCollector) {
        if let start = settings["start"], Timestamp.parse(start.string ?? "") == nil {
            faults.report(
                Fault(
                    "generator.start", "`\(start.string ?? "")` is no RFC 3339 time", hint: "write 2026-01-01T00:00:00Z"
                ),
                at: start.path)
        }
        let brands = Self.brands(settings)
        if let brand = settings["crisis"]?["brand"], !brands.contains(brand.string ?? "") {
            faults.report(
                Fault(
                    "generator.brand", "no brand `\(brand.string ?? "")`",
                    hint: "the brands are \(brands.joined(separator: ", "))"),
                at: brand.path)
        }
    }

    private static func brands(_ settings: Settings) -> [String] {
        let named = settings["brands"]?.list?.compactMap(\.string) ?? []
        return named.isEmpty ? defaultBrands : named
    }

    package func open(_ settings: Settings, _ context: SourceContext) throws(Fault) -> any Source {
        let position = try context.positions[GeneratorSource.laneName].map(GeneratorPosition.init)
        let brands = Self.brands(settings)
        let crisis = settings["crisis"].map { crisis in
            GeneratorSettings.Crisis(
                brand: brands.firstIndex(of: crisis["brand"]?.string ?? "") ?? 0,
                start: (crisis["at"]?.duration ?? .seconds(60)).microseconds,
                length: (crisis["for"]?.duration ?? .seconds(120)).microseconds,
                factor: crisis["factor"]?.number ?? 8)
        }
        let rate = settings["rate"]?.integer ?? 1_000
        let wanted = GeneratorSettings(
            seed: UInt64(settings["seed"]?.integer ?? 1), brands: brands,
            start: settings["start"]?.string.flatMap(Timestamp.parse) ?? position?.start
                ?? context.clock.now().microseconds, rate: rate,
            duplicates: settings["duplicates"]?.number ?? 0.02,
            disorder: (settings["disorder"]?.duration ?? .seconds(2)).microseconds, crisis: crisis)
        let isEngagement = settings["kind"]?.string == "engagements"
        let first = GeneratorPosition(record: position?.record ?? 0, start: wanted.start)
        let count = settings["count"]?.integer
        return GeneratorSource(
            isEngagement ? EngagementGenerator(wanted) : MentionGenerator(wanted), from: first,
            count: count ?? (context.untilEnd ? first.record + rate * 60 : .max), isBounded: count != nil,
            pace: settings["replay"]?.bool ?? false ? nil : Pace(rate: rate, clock: context.clock))
    }
}

/// Hands numbered chunks of generated records to whoever asks next.
final class GeneratorSource: Source {
    static let laneName = "records"
    private static let chunkRecords = 2_048

    let laneCount = 1
    let sharesLanes = true
    let isBounded: Bool

    private let generator: any RecordGenerator
    private let count: Int64
    private let pace: Pace?
    private let start: Int64
    private let next: Mutex<(sequence: Int64, record: Int64)>

    init(
        _ generator: any RecordGenerator, from first: GeneratorPosition, count: Int64, isBounded: Bool, pace: Pace?
    ) {
        self.generator = generator
        self.count = count
        self.isBounded = isBounded
        self.pace = pace
        start = first.start
        next = Mutex((0, first.record))
    }

    func laneName(_ lane: Int) -> String { Self.laneName }

    var position: GeneratorPosition { GeneratorPosition(record: next.withLock { $0.record }, start: start) }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        GeneratorReader(self)
    }

    func take() -> SourceEvent {
        let taken = next.withLock { next -> (sequence: Int64, records: Range<Int64>)? in
            let allowed = Int64(min(Self.chunkRecords, pace?.allowance ?? Self.chunkRecords))
            let wanted = min(allowed, count - next.record)
            guard wanted > 0 else { return nil }
            defer { next = (next.sequence + 1, next.record + wanted) }
            pace?.took(Int(wanted))
            return (next.sequence, next.record..<next.record + wanted)
        }
        guard let taken else { return next.withLock { $0.record } >= count ? .end : .pending }
        return .records(records(taken.records, sequence: taken.sequence))
    }

    private func records(_ numbers: Range<Int64>, sequence: Int64) -> RawRecords {
        var text: [UInt8] = []
        text.reserveCapacity(numbers.count * 420)
        var ends: [Int] = []
        for number in numbers {
            generator.append(number, to: &text)
            ends.append(text.count)
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count + 64, alignment: 64)
        memory.copyBytes(from: text)
        var start = 0
        let records = zip(numbers, ends).map { number, end in
            defer { start = end }
            return RawRecord(bytes: UnsafeRawBufferPointer(rebasing: memory[start..<end]), offset: number)
        }
        return RawRecords(
            lane: 0, sequence: sequence, origin: "generator", partition: 0, records: records, isPadded: true,
            release: { memory.deallocate() })
    }
}

private final class GeneratorReader: SourceReader {
    private let source: GeneratorSource
    let lanes = [0]

    init(_ source: GeneratorSource) {
        self.source = source
    }

    func next() -> SourceEvent { source.take() }
    func positions() -> [(lane: Int, position: String)] { [(0, source.position.text)] }
    func close() {}
}
