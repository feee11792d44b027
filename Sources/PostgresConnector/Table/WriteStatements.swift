import Columnar

/// The statements that put staged rows into the table.
struct WriteStatements: Sendable {
    /// Makes the staging table of a session. It is emptied by every commit and never logged.
    let createStage: String
    /// Fills the table in place of the staging table, where columns have exactly the types that travel; else `nil`.
    /// Where rows have a key it can only add new ones.
    let copyIntoTable: String?
    /// Whether rows have a key, and replace those of theirs.
    let isKeyed: Bool
    /// Whether rows go through the staging table.
    var isStaged: Bool { isKeyed || copyIntoTable == nil }
    let copyIntoStage: String
    /// Moves what is staged into the table.
    let insert: String

    static let truncateStage = "TRUNCATE pg_temp.martlet_stage"

    init(_ plan: TablePlan) {
        let names = plan.columns.map(\.field.name)
        let columns = SQL.list(names)
        let stage = "pg_temp.martlet_stage"
        let definitions = plan.columns.map { "\(SQL.identifier($0.field.name)) \($0.wire.name)" }
        createStage =
            "CREATE TEMP TABLE martlet_stage (\(definitions.joined(separator: ", "))) ON COMMIT DELETE ROWS"
        copyIntoStage = "COPY \(stage) (\(columns)) FROM STDIN (FORMAT binary)"
        let isDirect = plan.columns.allSatisfy(\.isDirect)
        isKeyed = !plan.key.isEmpty
        copyIntoTable = isDirect ? "COPY \(plan.name.sql) (\(columns)) FROM STDIN (FORMAT binary)" : nil
        // Sorted already: a staging table is read in the order it was written.
        let insert = "INSERT INTO \(plan.name.sql) AS martlet_target (\(columns)) SELECT \(columns) FROM \(stage)"
        self.insert = plan.key.isEmpty ? insert : insert + Self.conflictClause(plan)
    }

    private static func conflictClause(_ plan: TablePlan) -> String {
        let values = plan.columns.filter { !plan.key.contains($0.field.name) }
        let target = " ON CONFLICT (\(SQL.list(plan.key)))"
        guard !values.isEmpty else { return target + " DO NOTHING" }
        let names = values.map { SQL.identifier($0.field.name) }
        let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        // A row that is written again as it is (a replay, an early result without news) costs no new version of it.
        let old = values.map { comparable($0, in: "martlet_target") }.joined(separator: ", ")
        let new = values.map { comparable($0, in: "excluded") }.joined(separator: ", ")
        return target + " DO UPDATE SET \(updates) WHERE (\(old)) IS DISTINCT FROM (\(new))"
    }

    private static func comparable(_ column: TablePlan.Column, in row: String) -> String {
        "\(row).\(SQL.identifier(column.field.name))" + (column.isComparable ? "" : "::text")
    }
}
