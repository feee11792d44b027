import Columnar
import Dataflow
import Primitives

extension FaultCollector {
    /// Compiles an expression of the pipeline file; reports what is wrong with it at its place.
    func compile(_ source: String, _ schema: Schema, at path: [String]) -> CompiledExpression? {
        do throws(ExpressionFault) {
            return try CompiledExpression.compile(source, schema: schema)
        } catch {
            report(error, at: path)
            return nil
        }
    }

    func report(_ fault: ExpressionFault, at path: [String]) {
        report(Fault(fault.code, fault.message, hint: fault.hint), at: path, offset: fault.offset)
    }

    /// Finds a column by its path; reports it if there is none.
    func column(_ setting: Settings, _ schema: Schema) -> FieldPath? {
        guard let path = setting.string else { return nil }
        if let found = schema.resolve(path) { return found }
        let nearest = Spelling.nearest(path, schema.paths)
        report(
            Fault(
                "schema.column_missing", "no column `\(path)`",
                hint: nearest.map { "did you mean `\($0)`?" }
                    ?? "columns here: \(schema.fields.map(\.name).joined(separator: ", "))"),
            at: setting.path)
        return nil
    }

    /// Finds a column that can be part of a key.
    func keyColumn(_ setting: Settings, _ schema: Schema) -> FieldPath? {
        guard let found = column(setting, schema) else { return nil }
        switch found.field.type {
        case .list, .struct:
            report(
                Fault(
                    "schema.key_type", "column `\(found.field.name)` is \(found.field.type), which cannot be a key",
                    hint: "name a plain column, or unnest the list first"),
                at: setting.path)
            return nil
        default: return found
        }
    }
}
