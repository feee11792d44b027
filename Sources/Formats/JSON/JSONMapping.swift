import Columnar
import Dataflow
import Primitives

/// Reads the `map` of the format's settings.
struct JSONMapping {
    private let members: [(name: String, value: Settings)]

    init(_ settings: Settings) {
        members = settings["map"]?.members ?? []
    }

    /// Where each mapped column comes from. What is wrong is reported, against the schema if there is one, and left
    /// out.
    func origins(_ schema: Schema?, _ faults: FaultCollector) -> [String: JSONColumnOrigin] {
        var origins: [String: JSONColumnOrigin] = [:]
        for (column, value) in members {
            do throws(PlanFault) {
                let origin = try Self.origin(value)
                if let schema { try Self.check(column, origin, value, schema) }
                origins[column] = origin
            } catch {
                faults.report(error.fault, at: error.path)
            }
        }
        return origins
    }

    private static func origin(_ value: Settings) throws(PlanFault) -> JSONColumnOrigin {
        guard value.members != nil else { return try places(value) }
        guard let path = value["path"] else {
            throw PlanFault(Fault("format.path", "a mapped column has no `path`"), at: value.path)
        }
        var origin = try places(path)
        origin.timeUnit = JSONFormat.units.first { $0.name == value["unit"]?.string }?.unit
        origin.rewrite = value["as"]?.string.flatMap { JSONColumnOrigin.Rewrite(rawValue: $0) }
        return origin
    }

    private static func places(_ value: Settings) throws(PlanFault) -> JSONColumnOrigin {
        if let text = value.string, text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            return JSONColumnOrigin([], constant: String(text.dropFirst().dropLast()))
        }
        var origin = JSONColumnOrigin([])
        for place in value.list ?? [value] {
            do throws(Fault) {
                origin.places.append(try JSONPath(parsing: place.string ?? ""))
            } catch {
                throw PlanFault(error, at: place.path)
            }
        }
        guard !origin.places.isEmpty else {
            throw PlanFault(Fault("format.path", "a mapped column has no place"), at: value.path)
        }
        return origin
    }

    private static func check(
        _ column: String, _ origin: JSONColumnOrigin, _ value: Settings, _ schema: Schema
    ) throws(PlanFault) {
        func refuse(_ message: String, _ hint: String, at member: String? = nil) -> PlanFault {
            PlanFault(
                Fault("format.map", message, hint: hint), at: member.flatMap { value[$0]?.path } ?? value.path)
        }
        guard let type = schema.resolve(column)?.field.type else {
            let nearest = Spelling.nearest(column, schema.paths)
            throw PlanFault(
                Fault(
                    "schema.column_missing", "the schema has no column `\(column)`",
                    hint: nearest.map { "did you mean `\($0)`?" }
                        ?? "columns are: \(schema.paths.joined(separator: ", "))"),
                at: value.path)
        }
        if origin.constant != nil, type != .string {
            throw refuse("column `\(column)` is \(type), not a string", "only strings can be the same in every record")
        }
        if origin.timeUnit != nil, type != .timestamp, type != .list(.timestamp) {
            throw refuse("column `\(column)` is \(type), not a timestamp", "leave `unit` out", at: "unit")
        }
        if origin.rewrite != nil, type != .string {
            throw refuse("column `\(column)` is \(type), not a string", "leave `as` out", at: "as")
        }
        if case .struct = type, origin.places.count > 1 {
            throw refuse("column `\(column)` is an object", "give its members several places: `\(column).…`")
        }
        if case .list = type {
            if origin.places.count > 1, origin.places.contains(where: { $0.steps.contains(.all) }) {
                throw refuse("a place with `[*]` stands alone", "name one place for `\(column)`")
            }
        } else if origin.places.contains(where: { $0.steps.contains(.all) }) {
            throw refuse("column `\(column)` is \(type), not a list", "take one element, `[0]`, or declare a list")
        }
    }
}
