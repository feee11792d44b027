package import Columnar
package import Primitives

extension SinkSnapshot {
    /// Refuses rows that an earlier pipeline file left with other columns than `schema` has: they cannot be written as
    /// if they had these.
    package func check(_ schema: Schema) throws(Fault) {
        guard let other = rows.first(where: { !Self.isSame($0.schema.fields, schema.fields) }) else { return }
        throw Fault(
            "sink.schema_changed", "rows that the checkpoint holds for the sink have other columns than those to come",
            detail: "the checkpoint's are \(other.schema.paths.joined(separator: ", "))",
            hint: "run the earlier pipeline file once more, so that it sends them")
    }

    /// Whether columns have the same names and types; which of them may be null does not matter.
    private static func isSame(_ left: [Field], _ right: [Field]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.name == $1.name && isSame($0.type, $1.type) }
    }

    private static func isSame(_ left: DataType, _ right: DataType) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)): isSame(left, right)
        case (.struct(let left), .struct(let right)): isSame(left, right)
        default: left == right
        }
    }
}
