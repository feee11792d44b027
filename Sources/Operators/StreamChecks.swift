import Columnar
import Dataflow
import Primitives

/// What several operators ask of their input.
extension FaultCollector {
    func requireEventTime(_ input: StreamShape, _ name: String, at path: [String]) {
        guard !input.hasEventTime else { return }
        report(
            Fault(
                "schema.event_time", "\(name) needs event time, and this stream has none",
                hint: "give the source an `event_time`"),
            at: path)
    }

    /// A row that replaces another would be observed twice.
    func refuseUpdating(_ input: StreamShape, _ name: String, at path: [String]) {
        guard input.isUpdating else { return }
        report(
            Fault(
                "\(name).updating", "this stream replaces its rows, so each would be observed several times",
                hint: "take `emit` and `lateness` away from the aggregate that it comes from"),
            at: path)
    }

    /// Finds a column of numbers.
    func numberColumn(_ setting: Settings, _ schema: Schema) -> FieldPath? {
        guard let found = column(setting, schema) else { return nil }
        switch found.field.type {
        case .int64, .float64: return found
        default:
            report(
                Fault("schema.type", "column `\(found.field.name)` is \(found.field.type), not a number"),
                at: setting.path)
            return nil
        }
    }

    /// Finds a column of strings; one of another type is reported, and found all the same.
    func stringColumn(_ setting: Settings, _ schema: Schema, hint: String? = nil) -> FieldPath? {
        guard let found = column(setting, schema) else { return nil }
        if found.field.type != .string {
            report(
                Fault(
                    "schema.type", "column `\(found.field.name)` is \(found.field.type), not a string", hint: hint),
                at: setting.path)
        }
        return found
    }

    /// A column that an operator adds must not be there yet.
    func refuseTaken(_ names: [String], _ schema: Schema, at path: [String]) {
        for name in names where schema.index(of: name) != nil {
            report(
                Fault(
                    "schema.duplicate", "there is a column `\(name)` already",
                    hint: "rename or drop it with `select` first"),
                at: path)
        }
    }

    /// Two columns of one name cannot come out; `path` says where one of a name stands in the file.
    func refuseTwoOfAName(_ schema: Schema, hint: String, at path: (String) -> [String]) {
        var seen: Set<String> = []
        for field in schema.fields where !seen.insert(field.name).inserted {
            report(
                Fault("schema.duplicate", "the result would have two columns `\(field.name)`", hint: hint),
                at: path(field.name))
        }
    }

    /// Two columns of one name cannot come out.
    func refuseDuplicates(_ schema: Schema, _ what: String, at path: [String]) {
        var seen: Set<String> = []
        for field in schema.fields where !seen.insert(field.name).inserted {
            report(
                Fault(
                    "schema.duplicate", "\(what) has a column `\(field.name)` of its own", hint: "rename the key first"),
                at: path)
        }
    }
}

extension FieldPath {
    /// A column as it comes out: the dots of a column inside an object become `_`.
    var outputField: Field {
        var field = field
        field.name = String(field.name.map { $0 == "." ? "_" : $0 })
        return field
    }
}

extension Column {
    /// A row's number; `nil` if it has none, or the column holds something else.
    func number(_ row: Int) -> Double? {
        guard isValid(row) else { return nil }
        switch self {
        case .int64(let column): return Double(column.values[row])
        case .float64(let column): return column.values[row]
        default: return nil
        }
    }
}
