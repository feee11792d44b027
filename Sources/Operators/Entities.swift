import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// `entities`: finds what a text names.
struct EntitiesFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "entities",
        summary: "Finds hashtags, mentions, cashtags, URLs, emoji and watched brands in a text.",
        doc: "Adds the list columns `hashtags` and `mentions` (in lowercase, without their sign), `cashtags` (in "
            + "uppercase, without it), `urls` and `emoji` (as written), by the rules of twitter-text. With a watchlist "
            + "it adds `brands`, each once in the order of the text, and `brand`, the first of them; a column `brand` "
            + "that is there already keeps its values and is filled where it has none. An alias is found in any case, "
            + "with no letter, digit or underscore directly beside it; of aliases that begin together the longest "
            + "counts. A missing text has no entities.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The column that holds the text."),
            FieldSpec(
                "watchlist", .path,
                doc: "A table of brands: CSV with a header line, or one JSON object a line. Column `brand`; besides, "
                    + "`alias` (one, with a row for each) or `aliases` (several, parted by `|`). A brand's own name is "
                    + "an alias too."),
        ]),
        example: "tagged: { from: mentions, entities: { text: text, watchlist: watchlists/brands.csv } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let setting = settings["text"], let text = faults.column(setting, input.schema) else { return nil }
        if text.field.type != .string {
            faults.report(
                Fault(
                    "schema.type", "column `\(text.field.name)` is \(text.field.type), not a string",
                    hint: "name the column that holds the text"),
                at: setting.path)
        }
        var watchlist: Watchlist?
        if let file = settings["watchlist"], let path = file.string {
            do throws(Fault) {
                watchlist = try WatchlistTable.watchlist(from: context.readTable(context.resolve(path)))
            } catch {
                faults.report(error, at: file.path)
                return nil
            }
        }
        var added = EntityColumn.allCases.map { Field($0.rawValue, .list(.string)) }
        if watchlist != nil { added.append(Field("brands", .list(.string))) }
        for field in added where input.schema.index(of: field.name) != nil {
            report(duplicate: field.name, at: settings.path, faults)
        }
        let ownBrand = input.schema.index(of: "brand").map { input.schema.fields[$0] }
        if watchlist != nil {
            if ownBrand == nil { added.append(Field("brand", .string, isNullable: true)) }
            if let ownBrand, ownBrand.type != .string {
                faults.report(
                    Fault(
                        "schema.type", "column `brand` is \(ownBrand.type), the brand found is a string",
                        hint: "rename it with `select` first"),
                    at: settings.path)
            }
        }
        guard faults.isEmpty else { return nil }
        let schema = Schema(input.schema.fields + added)
        let addedNames = Set(added.map(\.name))
        let (path, list, fields) = (text.field.name, watchlist, added)
        return PlannedOperator(
            output: StreamShape(
                schema: schema, hasEventTime: input.hasEventTime, key: input.key, isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(addedNames).union([path]) }] },
            placement: .local { _ in EntitiesOperator(text: path, added: fields, watchlist: list) },
            facts: ["entities of \(path)"]
                + (list.map { ["watchlist: \($0.aliasCount) aliases of \($0.brands.count) brands"] } ?? []))
    }

    private func report(duplicate name: String, at path: [String], _ faults: FaultCollector) {
        faults.report(
            Fault(
                "schema.duplicate", "there is a column `\(name)` already",
                hint: "rename or drop it with `select` first"),
            at: path)
    }
}

/// The columns that every text gets.
enum EntityColumn: String, CaseIterable {
    case hashtags
    case mentions
    case cashtags
    case urls
    case emoji
}
