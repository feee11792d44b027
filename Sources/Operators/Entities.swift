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
            + "counts; accents of Latin and Greek do not count. A missing text has no entities. With `model`, an encoder "
            + "finds names too, and `entities` lists all of them with the brands of the watchlist, in the order of the "
            + "text: `name` (a brand's own, else as written), `type` (`brand`, or what the model says: person, location, "
            + "group, corporation, product, creative-work), `start` and `end` in characters (Unicode code points) and "
            + "`confidence` (0 to 1; 1 for a brand); where both find something, the brand counts. `sentiment` with the "
            + "same model shares its pass.",
        kind: .object([
            FieldSpec("text", .column, required: true, doc: "The column that holds the text."),
            FieldSpec(
                "watchlist", .path,
                doc: "A table of brands: CSV with a header line, or one JSON object a line. Column `brand`; besides, "
                    + "`alias` (one, with a row for each) or `aliases` (several, parted by `|`, in JSON a list too). "
                    + "A brand's own name is an alias too. `near` and `not_near` (words, likewise) tell apple from "
                    + "Apple: of the first one must stand within ten words of the alias, of the others none may; of "
                    + "rows with the same alias the first that holds counts."),
            FieldSpec(
                "model", .string,
                doc: "What finds names: `transformer`, or the path of a folder with a token classifier of the BERT "
                    + "family. None if absent. It reads the beginning of a long text, as in `sentiment`.",
                example: "transformer"),
            FieldSpec(
                "hashtag_words", .bool, default: "false",
                doc: "Whether to add the list column `hashtag_words`, each hashtag as the words that it was made of: "
                    + "`#IHateDelays` is `i hate delays`. Tags in small letters are split only with a `model`, by its "
                    + "vocabulary."),
        ]),
        example: "tagged: { from: mentions, entities: { text: text, watchlist: watchlists/brands.csv } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let setting = settings["text"],
            let text = faults.stringColumn(setting, input.schema, hint: "name the column that holds the text")
        else { return nil }
        var watchlist: Watchlist?
        if let file = settings["watchlist"], let path = file.string {
            do throws(Fault) {
                watchlist = try WatchlistTable.watchlist(from: context.readTable(context.resolve(path)))
            } catch {
                faults.report(error, at: file.path)
                return nil
            }
        }
        var encoder: SharedEncoder?
        if let setting = settings["model"], let name = setting.string {
            do throws(Fault) {
                encoder = try Self.encoder(name, context)
            } catch {
                faults.report(error, at: setting.path)
                return nil
            }
        }
        let hasWords = settings["hashtag_words"]?.bool ?? false
        var added = EntityColumn.allCases.map { Field($0.rawValue, .list(.string)) }
        if hasWords { added.append(Field("hashtag_words", .list(.string))) }
        if encoder != nil { added.append(Field("entities", NamedColumns.type)) }
        if watchlist != nil { added.append(Field("brands", .list(.string))) }
        faults.refuseTaken(added.map(\.name), input.schema, at: settings.path)
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
        let (path, list, fields, shared) = (text.field.name, watchlist, added, encoder)
        return PlannedOperator(
            output: StreamShape(
                schema: schema, hasEventTime: input.hasEventTime, key: input.key, isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(addedNames).union([path]) }] },
            placement: .local { _ throws(Fault) in
                try EntitiesOperator(text: path, added: fields, watchlist: list, encoder: shared, hasWords: hasWords)
            },
            facts: ["entities of \(path)"] + (shared.map { ["names by encoder `\($0.folder)`"] } ?? [])
                + (list.map { ["watchlist: \($0.aliasCount) aliases of \($0.brands.count) brands"] } ?? []))
    }

    /// - Throws: what is wrong with the folder, or that its model names nothing.
    private static func encoder(_ name: String, _ context: PlanContext) throws(Fault) -> SharedEncoder {
        let shared = try ModelPlace.encoder(ModelPlace.folder(name, names: ["transformer"], context), context)
        guard !shared.model.entityTypes.isEmpty else {
            throw Fault(
                "model.heads", "the model has no head for entities", detail: shared.folder,
                hint: "a token classifier has one, with labels such as B-person and I-person")
        }
        return shared
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
