import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// `similar`: groups near-duplicates.
struct SimilarFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "similar",
        summary: "Groups texts that are nearly the same: retweets, copies, campaigns.",
        doc: "Adds `similar_group`, the id of the first post of the group, and `similar_count`, how many posts the "
            + "group has so far, this one among them. A text belongs to the group within `within` of event time whose "
            + "first text shares most of its different words with it (Jaccard), at least `similarity` of them, and of "
            + "equals to the earliest; what a leading `RT @name:`, mentions, URLs, case, accents and punctuation add "
            + "does not count. Candidates are found by the hash of the text, of each half of its words, and by MinHash "
            + "bands over pairs of words, so that a text with one word changed is found however short, and one with "
            + "several changed the likelier the longer it is. All rows meet in one subtask, in the order of their "
            + "source. A row without a text, or with nothing but blanks, has no group; one without an id begins none.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The text, a string column.", example: "text"),
            FieldSpec(
                "id", .column, required: true, doc: "What names a post: a string or integer column.", example: "id"),
            FieldSpec(
                "within", .duration, required: true, doc: "The horizon in event time, from a group's first post on."),
            FieldSpec(
                "similarity", .number(0.1...1), default: "0.6",
                doc: "The share of different words that two texts must have in common. One word changed of four leaves "
                    + "0.6, of ten 0.82."),
            FieldSpec(
                "groups", .integer(1...4_000_000_000), default: "1000000",
                doc: "Different texts expected within the horizon, for the memory that `explain` announces."),
        ]),
        example: "stories: { from: mentions, similar: { text: text, id: id, within: 6h } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let text = settings["text"], let id = settings["id"], let horizon = settings["within"],
            let within = horizon.duration, let textPath = faults.stringColumn(text, input.schema),
            let idPath = faults.keyColumn(id, input.schema)
        else { return nil }
        if idPath.field.type != .string && idPath.field.type != .int64 {
            faults.report(
                Fault(
                    "schema.type", "column `\(idPath.field.name)` is \(idPath.field.type)",
                    hint: "an id is a string or an integer"),
                at: id.path)
        }
        if within.microseconds <= 0 || within.microseconds >= DedupeHorizon.withinMax {
            faults.report(
                Fault("similar.within", "the horizon must be longer than zero and below 1000 years"), at: horizon.path)
        }
        faults.requireEventTime(input, "similar", at: settings.path)
        let added = [
            Field("similar_group", idPath.field.type, isNullable: true),
            Field("similar_count", .int64, isNullable: true),
        ]
        faults.refuseTaken(added.map(\.name), input.schema, at: settings.path)
        guard faults.isEmpty else { return nil }
        let names = Set(added.map(\.name))
        let (textName, idName) = (textPath.field.name, idPath.field.name)
        let similarity = settings["similarity"]?.number ?? 0.6
        let span = DurationText.format(within.microseconds)
        return PlannedOperator(
            output: StreamShape(
                schema: Schema(input.schema.fields + added), hasEventTime: true, key: input.key,
                isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(names).union([textName, idName]) }] },
            placement: .keyed(keys: []) { _ in
                SimilarOperator(
                    text: textName, id: idName, added: added,
                    SimilarGroups(within: within.microseconds, similarity: similarity))
            },
            state: StateEstimate(
                bytesPerKey: SimilarGroups.bytesPerGroup(textIDs: idPath.field.type == .string),
                keys: Int(settings["groups"]?.integer ?? 1_000_000),
                description: "one of the different texts within \(span)"),
            stateShape: StateShape(
                kind: "similar",
                facts: [
                    StateShape.Fact("text", [textPath]), StateShape.Fact("id", [idPath]),
                    StateShape.Fact("within", span, onChange: .rebuild),
                    StateShape.Fact("similarity", "\(similarity)", onChange: .migrate),
                ]),
            facts: ["near-duplicates of \(textName) within \(span), \(similarity) of their words alike"])
    }
}
