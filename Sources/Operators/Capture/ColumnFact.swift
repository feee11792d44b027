import Columnar
import Dataflow

extension StateShape.Fact {
    /// Columns that state was made of: other ones, or others of their names, make other state.
    init(_ name: String, _ columns: [FieldPath]) {
        let text = columns.map { "\($0.field.name): \($0.field.type)" }.joined(separator: ", ")
        self.init(name, text, onChange: .rebuild)
    }
}
