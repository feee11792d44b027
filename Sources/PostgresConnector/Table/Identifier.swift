/// Quoting for statements that have no parameters for what they name.
enum SQL {
    /// A name exactly as written, case included.
    static func identifier(_ name: String) -> String { "\"\(doubling(name, "\""))\"" }

    /// A text constant; the session has `standard_conforming_strings`.
    static func literal(_ text: String) -> String { "'\(doubling(text, "'"))'" }

    static func list(_ names: [String]) -> String { names.map(identifier).joined(separator: ", ") }

    private static func doubling(_ text: String, _ quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar)
            if scalar == quote { result.append(scalar) }
        }
        return String(result)
    }
}

/// A table's name, with its schema where the file gives one.
package struct TableName: Sendable, Hashable {
    package var schema: String?
    package var table: String

    /// Reads `table` or `schema.table`; `nil` for anything else or a part over the 63 bytes that Postgres keeps.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy({ (1...63).contains($0.utf8.count) }),
            parts.allSatisfy({ !$0.utf8.contains(0) })
        else { return nil }
        schema = parts.count == 2 ? parts[0] : nil
        table = parts[parts.count - 1]
    }

    /// Quoted, for statements.
    var sql: String { sibling(table) }

    /// Another table of the same schema.
    func sibling(_ table: String) -> String {
        (schema.map { SQL.identifier($0) + "." } ?? "") + SQL.identifier(table)
    }

    /// As people write it.
    package var text: String { (schema.map { $0 + "." } ?? "") + table }
}
