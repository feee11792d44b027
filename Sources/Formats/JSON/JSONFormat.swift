package import Columnar
package import Dataflow
package import Primitives

/// The format `json`: one JSON object a record.
package struct JSONFormat: FormatFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "json",
        summary: "One JSON object a record.",
        doc: "The whole record is checked, and only the columns that the pipeline needs are decoded. Numbers and ids "
            + "of 64 bits stay exact. A time is an RFC 3339 string or a number of the unit that the schema says. A record "
            + "that is no JSON, lacks a required value or has one of another type is a dead letter.",
        kind: .object([
            FieldSpec(
                "map", .map(.string),
                doc: "Where columns are found in the record, by path: `likes: data.public_metrics.like_count`. Columns "
                    + "that are not listed are found under their own names.",
                example: "{ id: data.id, text: data.text }"),
        ]),
        example: "format: { json: { map: { id: data.id, text: data.text } } }")

    package func schema(_ settings: Settings, declared: Schema?, _ faults: FaultCollector) -> Schema? {
        guard let declared else {
            faults.report(
                Fault(
                    "schema.missing", "JSON records need a schema", hint: "name an .avsc file with `schema:`"),
                at: settings.path)
            return nil
        }
        for (column, place) in settings["map"]?.members ?? [] {
            guard let found = declared.resolve(column) else {
                let nearest = Spelling.nearest(column, declared.paths)
                faults.report(
                    Fault(
                        "schema.column_missing", "the schema has no column `\(column)`",
                        hint: nearest.map { "did you mean `\($0)`?" }),
                    at: place.path)
                continue
            }
            if case .struct = found.field.type {
                faults.report(
                    Fault(
                        "format.map", "column `\(column)` is an object", hint: "map its members: `\(column).…`"),
                    at: place.path)
            }
            if Self.names(place.string ?? "").contains(where: \.isEmpty) {
                faults.report(
                    Fault("format.map", "`\(place.string ?? "")` is no path", hint: "write names with dots between"),
                    at: place.path)
            }
        }
        return declared
    }

    package func makeDecoder(
        _ settings: Settings, schema: Schema, eventTime: EventTimeOrigin
    ) throws(Fault) -> any Decoder {
        var paths: [String: [String]] = [:]
        for (column, place) in settings["map"]?.members ?? [] { paths[column] = Self.names(place.string ?? "") }
        return try JSONColumnDecoder(schema: schema, paths: paths, eventTime: eventTime)
    }

    private static func names(_ path: String) -> [String] {
        path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}
