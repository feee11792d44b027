import Columnar
import Dataflow
import Primitives

/// Never called: these tests plan, they do not run.
let unmade = Fault("fake.unmade", "a fake makes nothing", domain: .internal)

/// Reports what of an expression's words is no column, at its byte. A stand-in for CEL.
private func columns(of expression: Settings?, _ input: Schema, _ faults: FaultCollector) -> Set<String> {
    guard let expression, let text = expression.string else { return [] }
    var found: Set<String> = []
    let bytes = Array(text.utf8)
    var index = 0
    var isQuoted = false
    while index < bytes.count {
        let start = index
        if bytes[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
        func isWord(_ byte: UInt8) -> Bool {
            (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        while index < bytes.count, isWord(bytes[index]), bytes[start] != UInt8(ascii: ".") { index += 1 }
        guard index > start else {
            index += 1
            continue
        }
        if isQuoted { continue }
        if index < bytes.count, bytes[index] == UInt8(ascii: "(") { continue }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        if input.resolve(word) != nil {
            found.insert(word)
        } else {
            let hint = Spelling.nearest(word, input.paths).map { "did you mean `\($0)`?" }
            faults.report(
                Fault("schema.column_missing", "no column `\(word)`", hint: hint), at: expression.path, offset: start)
        }
    }
    return found
}

private func missing(_ column: Settings, _ input: Schema, _ faults: FaultCollector) -> Bool {
    guard let name = column.string, input.resolve(name) == nil else { return false }
    let hint = Spelling.nearest(name, input.paths).map { "did you mean `\($0)`?" }
    faults.report(Fault("schema.column_missing", "no column `\(name)`", hint: hint), at: column.path)
    return true
}

private func union(_ wanted: Set<String>?, _ needed: Set<String>) -> [Set<String>?] { [wanted?.union(needed)] }

struct FakeFilter: OperatorFactory {
    let spec = ComponentSpec(
        name: "filter", summary: "Keeps the rows for which an expression is true.", kind: .expression,
        example: "filter: 'lang == \"en\"'")

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        let needed = columns(of: settings, inputs[0].schema, faults)
        return PlannedOperator(
            output: inputs[0], inputPaths: { union($0, needed) },
            placement: .local { (_: SubtaskContext) throws(Fault) -> any Operator in throw unmade },
            facts: ["keeps: \(settings.string ?? "")"])
    }
}

struct FakeDedupe: OperatorFactory, JudgingFactory {
    let spec = ComponentSpec(
        name: "dedupe", summary: "Drops rows whose key was seen before.",
        kind: .object([
            FieldSpec("by", .list(.column), required: true, doc: "The columns of the key.", example: "[platform, id]"),
            FieldSpec("within", .duration, default: "24h", doc: "How long a key is remembered.", example: "24h"),
            FieldSpec("keys", .integer(1...1_000_000_000), default: "1000000", doc: "Keys that live at once."),
        ]), example: "dedupe: { by: [platform, id], within: 24h }")

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        let by = settings["by"]?.list ?? []
        for column in by { _ = missing(column, inputs[0].schema, faults) }
        let needed = Set(by.compactMap(\.string))
        let keys = Int(settings["keys"]?.integer ?? 1_000_000)
        return PlannedOperator(
            output: inputs[0], inputPaths: { union($0, needed) }, placement: .judged(self),
            state: StateEstimate(bytesPerKey: 24, keys: keys, description: "one of (platform, id) for 24h"),
            facts: ["by: \(needed.sorted().joined(separator: ", "))"])
    }

    func makeAsker(_ context: SubtaskContext) throws(Fault) -> any Asker { throw unmade }
    func makeJudge(_ context: SubtaskContext) throws(Fault) -> any Judge { throw unmade }
}

struct FakeAggregate: OperatorFactory, FoldingFactory {
    let spec = ComponentSpec(
        name: "aggregate", summary: "Folds rows into windows.",
        kind: .object([
            FieldSpec(
                "window",
                .object([
                    FieldSpec("tumbling", .duration, doc: "The length of windows that touch.", example: "1m"),
                    FieldSpec("session", .duration, doc: "The gap that parts two sessions."),
                    FieldSpec("lateness", .duration, default: "0s", doc: "How long a closed window takes late rows."),
                ]), required: true, doc: "The window.", example: "{ tumbling: 1m }"),
            FieldSpec("by", .list(.column), doc: "The columns of the key."),
            FieldSpec("columns", .map(.expression), required: true, doc: "The results, each by its function."),
            FieldSpec(
                "emit", .object([FieldSpec("early", .duration, doc: "Time between two early results.")]),
                doc: "When results come."),
        ]), example: "aggregate:\n  window: { tumbling: 1m }\n  columns: { mentions: count() }\n")

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        let input = inputs[0].schema
        let by = settings["by"]?.list ?? []
        var needed: Set<String> = []
        var fields: [Field] = [Field("window_start", .timestamp)]
        for column in by {
            guard let name = column.string, !missing(column, input, faults), let path = input.resolve(name) else {
                continue
            }
            needed.insert(name)
            fields.append(path.field)
        }
        for (name, expression) in settings["columns"]?.members ?? [] {
            needed.formUnion(columns(of: expression, input, faults))
            fields.append(Field(name, .float64))
        }
        let key = ["window_start"] + by.compactMap(\.string)
        let result = needed
        return PlannedOperator(
            output: StreamShape(schema: Schema(fields), hasEventTime: true, key: key), inputPaths: { _ in [result] },
            placement: .folded(self),
            state: StateEstimate(bytesPerKey: 512, keys: 10_000, description: "one of (brand, platform) a window"),
            facts: ["window: tumbling"])
    }

    func makeWhole(_ context: SubtaskContext) throws(Fault) -> any Operator { throw unmade }
    func makeFold(_ context: SubtaskContext) throws(Fault) -> any Operator { throw unmade }
    func makeMerge(_ context: SubtaskContext) throws(Fault) -> any Operator { throw unmade }
    var partialSchema: Schema { Schema([Field("hash", .int64)]) }
}

/// Adds a column.
struct FakeSentiment: OperatorFactory {
    let spec = ComponentSpec(
        name: "sentiment", summary: "Scores a text.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The text column.", example: "text"),
            FieldSpec("model", .choice(["lexicon", "ensemble"]), default: "ensemble", doc: "Which model."),
        ]), example: "sentiment: { text: text }")

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        guard let column = settings["text"], !missing(column, inputs[0].schema, faults) else { return nil }
        var output = inputs[0]
        output.schema.fields.append(Field("sentiment_score", .float64, isNullable: true))
        let needed: Set = [column.string ?? ""]
        return PlannedOperator(
            output: output,
            inputPaths: { wanted in union(wanted?.subtracting(["sentiment_score"]), needed) },
            placement: .local { (_: SubtaskContext) throws(Fault) -> any Operator in throw unmade })
    }
}

/// Joins streams of one schema.
struct FakeUnion: OperatorFactory {
    let spec = ComponentSpec(
        name: "union", summary: "Joins streams of one schema.", kind: .object([]), example: "union: {}")
    var inputCount: ClosedRange<Int> { 2...16 }

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        let count = inputs.count
        return PlannedOperator(
            output: inputs[0], inputPaths: { wanted in Array(repeating: wanted, count: count) },
            placement: .local { (_: SubtaskContext) throws(Fault) -> any Operator in throw unmade })
    }
}

/// Asks for fewer columns than it needs: a defect that planning must survive.
struct FakeForgetful: OperatorFactory {
    let spec = ComponentSpec(
        name: "forgetful", summary: "Needs id, says it does not.", kind: .object([]), example: "forgetful: {}")

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        guard let id = inputs[0].schema.resolve("id") else {
            faults.report(Fault("schema.column_missing", "no column `id`"), at: [])
            return nil
        }
        return PlannedOperator(
            output: StreamShape(schema: Schema([id.field]), hasEventTime: true), inputPaths: { _ in [["lang"]] },
            placement: .keyed(keys: [id]) { (_: SubtaskContext) throws(Fault) -> any Operator in throw unmade })
    }
}

/// Stands in for an operator that adds columns to its rows.
struct FakeAdder: OperatorFactory {
    let spec: ComponentSpec
    let adds: [Field]

    static let all: [any OperatorFactory] = [
        make(
            "entities", [FieldSpec("text", .column, doc: "."), FieldSpec("watchlist", .path, doc: ".")],
            [Field("entity", .string)]),
        make(
            "unnest", [FieldSpec("column", .column, doc: "."), FieldSpec("as", .string, doc: ".")],
            [Field("hashtag", .string)]),
        make(
            "trend",
            [
                FieldSpec("term", .column, doc: "."), FieldSpec("window", .duration, doc: "."),
                FieldSpec("top", .integer(1...1_000), doc: "."),
            ], [Field("score", .float64)]),
        make(
            "crisis", [FieldSpec("by", .list(.column), doc: "."), FieldSpec("sentiment", .column, doc: ".")],
            [Field("level", .string)]),
    ]

    private static func make(_ name: String, _ fields: [FieldSpec], _ adds: [Field]) -> any OperatorFactory {
        FakeAdder(spec: ComponentSpec(name: name, summary: ".", kind: .object(fields), example: "."), adds: adds)
    }

    func plan(_ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector)
        -> PlannedOperator?
    {
        var needed: Set<String> = []
        for name in ["text", "column", "term", "sentiment"] {
            guard let column = settings[name], !missing(column, inputs[0].schema, faults) else { continue }
            needed.insert(column.string ?? "")
        }
        var output = inputs[0]
        output.schema.fields += adds
        let (names, paths) = (Set(adds.map(\.name)), needed)
        return PlannedOperator(
            output: output, inputPaths: { wanted in union(wanted?.subtracting(names), paths) },
            placement: .keyed(keys: []) { (_: SubtaskContext) throws(Fault) -> any Operator in throw unmade })
    }
}
