import Columnar
import Dataflow
import Primitives

/// `trend`: which terms burst now.
struct TrendFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "trend",
        summary: "Ranks the terms that burst: hashtags, entities or phrases that come far more often than is usual.",
        doc:
            "For each window and each of its terms the mentions x are compared with the mean m and the variance v of "
            + "that term's windows before, those without it too: `score` = (x − max(m, least)) / √max(v, m, least), "
            + "in standard deviations, to four places. A window counts half as much for every `half_life` since; the "
            + "first windows count alike, and of the very first, with nothing before it, nothing comes out. A row of "
            + "the input counts a term once. Out come `window_start` and `window_end`, `rank` from 1 by score (of "
            + "equal ones more mentions, then the lesser text first), `term`, `score`, `mentions`, `expected` (m), "
            + "`growth` (x / max(m, 1)), "
            + "`first_seen`, `also` (terms that say the same and were folded into this one: the same letters, or words "
            + "in common at nearly the same number of mentions), `posts` (up to three, those of most `reach` first, "
            + "of posts with the same words one) and their `authors`. Counts are exact as long as a window has no more "
            + "different terms than `terms`; beyond, the rarest are let go, and what is usual of them is kept hashed. "
            + "The rows of a window replace those of the same `window_start`, key and `rank`. With `emit` an open window shows "
            + "what it holds, against what is usual so far; with `lateness` a window that is over takes rows for as long, "
            + "and corrections of it, and of the windows behind it, come out when the next one ends. The last rows of a "
            + "window are the same with and without `emit`; a rank that an earlier result had and the last one has not "
            + "is left with a null `term`.",
        kind: .object([
            FieldSpec(
                "term", .column, doc: "The terms: a string column, or a list of strings.", example: "hashtags"),
            FieldSpec(
                "phrases_of", .column,
                doc:
                    "A text whose phrases are the terms, in place of `term`. Case, accents and the sign of hashtags do "
                    + "not count; no phrase spans a mention, a URL or the end of a sentence.", example: "text"),
            FieldSpec(
                "words", .list(.integer(1...5)), default: "[2, 3]",
                doc: "The shortest and the longest phrase, in words."),
            FieldSpec("window", .duration, required: true, doc: "Windows of this size, side by side."),
            FieldSpec(
                "lateness", .duration, default: "0s",
                doc:
                    "How long after its end a window still takes rows and corrects its result. Each window's length of "
                    + "it takes the memory of one window more."),
            FieldSpec(
                "by", .list(.column), default: "[]",
                doc:
                    "One ranking for each of these keys, a brand or a language, of what is usual with it. All keys share "
                    + "the places of `terms`, and the texts that a window can show: those of 65,536 terms and 16 MiB "
                    + "of posts; beyond, of all keys the terms that stand out least cannot come out, so thousands of "
                    + "keys want rare terms kept out by a filter. The result names a column inside an object with `_` "
                    + "for the dots: `author_id`."),
            FieldSpec("top", .integer(1...1_000), default: "20", doc: "Terms of a ranking, at most."),
            FieldSpec(
                "half_life", .duration, default: "6h",
                doc:
                    "After how long a window counts half for what is usual. A term that stays is news for about as long."
            ),
            FieldSpec(
                "least", .integer(1...1_000_000), default: "5",
                doc: "Mentions a window that are usual of any term: more are needed to burst."),
            FieldSpec(
                "above", .number(0...1_000_000), default: "0",
                doc: "Only terms with a score from here on come out. Chance alone reaches 4 in most windows with many "
                    + "terms."),
            FieldSpec("post", .column, doc: "What to show of a post: its text, id or URL.", example: "text"),
            FieldSpec("author", .column, doc: "Who wrote it.", example: "author.id"),
            FieldSpec(
                "reach", .list(.column), default: "[]",
                doc: "Numbers that are added up to choose the posts to show: followers, likes. Without any, the "
                    + "earliest."),
            WindowSettings.emission,
            FieldSpec(
                "terms", .integer(1_000...1_000_000_000), default: "500000",
                doc:
                    "Different terms counted at once and remembered exactly, those of all keys together. Decides the "
                    + "memory that `explain` announces, whatever comes in."),
        ]),
        example: """
            trending:
              from: tagged
              trend: { term: hashtags, window: 5m, top: 20, post: text, author: author.id, reach: [author.followers] }
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, "trend", at: settings.path)
        faults.refuseUpdating(input, "trend", at: settings.path)
        let terms = terms(settings, input.schema, faults)
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let window = length(settings, "window", 300_000_000, faults)
        let halfLife = length(settings, "half_life", 6 * 3_600_000_000, faults)
        let lateness = length(settings, "lateness", 0, faults, least: 0)
        guard let terms, let window, let halfLife, let lateness else { return nil }
        let post = settings["post"].flatMap { stringColumn($0, input.schema, faults) }
        if post == nil, let author = settings["author"] {
            faults.report(
                Fault("trend.author", "authors are those of posts", hint: "name what to show of a post as `post`"),
                at: author.path)
        }
        let plan = TrendPlan(
            terms: terms, keys: keys, window: window, halfLife: halfLife, top: Int(settings["top"]?.integer ?? 20),
            least: Int(settings["least"]?.integer ?? 5), above: settings["above"]?.number ?? 0, post: post,
            author: settings["author"].flatMap { stringColumn($0, input.schema, faults) },
            reach: (settings["reach"]?.list ?? []).compactMap { faults.numberColumn($0, input.schema) },
            lateness: lateness, earlyEmission: WindowSettings.earlyEmission(settings, faults),
            capacity: Int(settings["terms"]?.integer ?? 500_000))
        faults.refuseDuplicates(plan.schema, "a trend", at: settings["by"]?.path ?? settings.path)
        let needed = plan.paths
        let bytesPerTerm = (plan.bytesMax - 1) / plan.capacity + 1
        return PlannedOperator(
            output: StreamShape(
                schema: plan.schema, hasEventTime: true, key: plan.outputKey,
                isUpdating: plan.isUpdating),
            inputPaths: { _ in [needed] },
            placement: .folded(TrendFoldingFactory(plan: plan)),
            state: StateEstimate(
                bytesPerKey: bytesPerTerm, keys: plan.capacity,
                description: "one of the different terms of \(plan.windowsMax) windows, and what is usual of it"),
            stateShape: StateShape(
                kind: "trend",
                facts: [
                    StateShape.Fact("terms", describe(terms), onChange: .rebuild),
                    StateShape.Fact("window", DurationText.format(window), onChange: .rebuild),
                    StateShape.Fact("lateness", DurationText.format(lateness), onChange: .migrate),
                    StateShape.Fact("half_life", DurationText.format(halfLife), onChange: .migrate),
                    StateShape.Fact("capacity", "\(plan.capacity)", onChange: .migrate),
                ] + (keys.isEmpty ? [] : [StateShape.Fact("by", keys)])),
            facts: [
                "the \(plan.top) terms of \(describe(terms)) that burst most\(plan.each), every "
                    + DurationText.format(window),
                "against the windows before, half forgotten after \(DurationText.format(halfLife))",
            ] + plan.updates)
    }

    private func describe(_ terms: TrendPlan.Terms) -> String {
        switch terms {
        case .column(let path): path.field.name
        case .phrases(let path, let words):
            "phrases of \(words.lowerBound) to \(words.upperBound) words of \(path.field.name)"
        }
    }

    private func terms(_ settings: Settings, _ schema: Schema, _ faults: FaultCollector) -> TrendPlan.Terms? {
        switch (settings["term"], settings["phrases_of"]) {
        case (let term?, nil):
            guard let path = faults.column(term, schema) else { return nil }
            if path.field.type != .string && path.field.type != .list(.string) {
                faults.report(
                    Fault(
                        "schema.type", "column `\(path.field.name)` is \(path.field.type)",
                        hint: "a term is a string, or one of a list of strings"),
                    at: term.path)
            }
            return .column(path)
        case (nil, let text?):
            let words = settings["words"]?.list?.compactMap(\.integer) ?? [2, 3]
            guard words.count == 2, words[0] <= words[1] else {
                faults.report(
                    Fault(
                        "trend.words", "`words` is the shortest and the longest phrase, in words",
                        hint: "write [2, 3]"),
                    at: settings["words"]?.path ?? settings.path)
                return nil
            }
            return stringColumn(text, schema, faults).map { .phrases($0, Int(words[0])...Int(words[1])) }
        default:
            faults.report(
                Fault(
                    "trend.term", "either `term` or `phrases_of` says where terms come from",
                    hint: "name the column of terms as `term`, or a text as `phrases_of`"),
                at: settings.path)
            return nil
        }
    }

    /// A time below a thousand years: far from where sums of times could overflow.
    private func length(
        _ settings: Settings, _ name: String, _ usual: Int64, _ faults: FaultCollector, least: Int64 = 1
    ) -> Int64? {
        guard let setting = settings[name] else { return usual }
        guard let length = setting.duration?.microseconds else { return nil }
        if length >= least && length < ObservationBuckets.lengthMax { return length }
        let bound = least > 0 ? "longer than zero" : "at least zero"
        faults.report(Fault("trend.\(name)", "`\(name)` must be \(bound) and below 1000 years"), at: setting.path)
        return nil
    }

    private func stringColumn(_ setting: Settings, _ schema: Schema, _ faults: FaultCollector) -> FieldPath? {
        guard let path = faults.column(setting, schema) else { return nil }
        if path.field.type == .string { return path }
        faults.report(
            Fault("schema.type", "column `\(path.field.name)` is \(path.field.type), not a string"), at: setting.path)
        return nil
    }
}
