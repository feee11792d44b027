import Columnar
import Dataflow
import Primitives

/// `dedupe`: the first row of each key within a horizon of event time.
struct DedupeFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "dedupe",
        summary: "Drops rows whose key was seen before within a horizon of event time.",
        doc: "Of rows with the same key and event times at most `within` apart, the first to arrive passes. Keys are "
            + "kept as 66 to 92 bits of their hash, 67 for a horizon of 24 hours: with a hundred million keys alive, "
            + "a new key is taken for one of them less often than once in 10^11 rows (24 hours: 10^12). Memory is "
            + "bounded by the keys of the horizon: a row that comes so late that its horizon is forgotten passes.",
        kind: .object([
            FieldSpec("by", .list(.column), required: true, doc: "The columns that make the key."),
            FieldSpec("within", .duration, required: true, doc: "The horizon in event time."),
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "1000000",
                doc: "Keys expected within the horizon, for the memory that `explain` announces."),
        ]),
        example: "unique: { from: mentions, dedupe: { by: [platform, id], within: 24h } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        guard let by = settings["by"], let within = settings["within"]?.duration else { return nil }
        if by.list?.isEmpty ?? true {
            faults.report(Fault("dedupe.key", "a key needs at least one column"), at: by.path)
        }
        guard within.microseconds > 0, within.microseconds < DedupeHorizon.withinMax else {
            faults.report(
                Fault("dedupe.within", "the horizon must be longer than zero and below 1000 years"),
                at: settings["within"]?.path ?? settings.path)
            return nil
        }
        faults.requireEventTime(input, "dedupe", at: settings.path)
        let names = keys.map(\.field.name)
        let what = "(\(names.joined(separator: ", "))) within \(DurationText.format(within.microseconds))"
        let horizon = DedupeHorizon(within: within.microseconds)
        return PlannedOperator(
            output: input,
            inputPaths: { wanted in [wanted.map { $0.union(names) }] },
            placement: .judged(DedupeFactoryHalves(keys: names, horizon: horizon)),
            state: StateEstimate(
                bytesPerKey: DedupeJudge.bytesPerKey, keys: Int(settings["keys"]?.integer ?? 1_000_000),
                description: "one of \(what)", spilledBytesPerKey: DedupeJudge.spilledBytesPerKey),
            stateShape: StateShape(
                kind: "dedupe",
                facts: [
                    StateShape.Fact("by", keys),
                    StateShape.Fact("within", DurationText.format(within.microseconds), onChange: .rebuild),
                ]),
            facts: ["first of each \(what)"])
    }
}

private struct DedupeFactoryHalves: JudgingFactory {
    let keys: [String]
    let horizon: DedupeHorizon

    func makeAsker(_ context: SubtaskContext) -> any Asker { DedupeAsker(keys) }
    func makeJudge(_ context: SubtaskContext) -> any Judge {
        DedupeJudge(horizon, spills: context.spills)
    }
}

private final class DedupeAsker: Asker {
    private let keys: [String]

    init(_ keys: [String]) {
        self.keys = keys
    }

    func questions(_ frame: Frame) -> [KeyQuestion] {
        let batch = frame.batch
        guard let times = batch.eventTimes else { return [] }
        var encoder = RowKeyEncoder(keys.compactMap { batch.schema.resolve($0) }.map { batch.column(at: $0) })
        defer { encoder.deallocate() }
        var questions: [KeyQuestion] = []
        questions.reserveCapacity(batch.selectedCount)
        batch.forEachRow { row in
            let hash = Hashing.hash128(encoder.encode(row))
            questions.append(KeyQuestion(low: hash.low, high: hash.high, time: times.values[row]))
        }
        return questions
    }
}
