import Dataflow
import Primitives
import TextAnalysis

/// Reads a watchlist from a table.
enum WatchlistTable {
    /// - Throws: `watchlist.column_missing`, `watchlist.row`, `watchlist.empty`.
    static func watchlist(from table: StaticTable) throws(Fault) -> Watchlist {
        guard let brandColumn = table.columns.firstIndex(of: "brand") else {
            let nearest = Spelling.nearest("brand", table.columns)
            throw Fault(
                "watchlist.column_missing", "the watchlist has no column `brand`",
                hint: nearest.map { "is `\($0)` meant to be `brand`?" }
                    ?? "columns there: \(table.columns.joined(separator: ", "))")
        }
        let aliasColumn = table.columns.firstIndex(of: "alias")
        let aliasesColumn = table.columns.firstIndex(of: "aliases")
        let nearColumn = table.columns.firstIndex(of: "near")
        let notNearColumn = table.columns.firstIndex(of: "not_near")
        var entries: [Watchlist.Entry] = []
        for (number, row) in table.rows.enumerated() {
            guard let brand = row[brandColumn].map(trimmed), !brand.isEmpty else {
                if row.allSatisfy({ $0 == nil }) { continue }
                throw Fault(
                    "watchlist.row", "row \(number + 1) of the watchlist has no brand",
                    hint: "name the brand in every row")
            }
            func list(_ column: Int?) -> [String] {
                (column.flatMap { row[$0] }?.split(separator: "|") ?? []).map { trimmed(String($0)) }.filter {
                    !$0.isEmpty
                }
            }
            let (near, notNear) = (list(nearColumn), list(notNearColumn))
            for alias in [brand] + (aliasColumn.flatMap { row[$0] }.map { [$0] } ?? []) + list(aliasesColumn) {
                entries.append(Watchlist.Entry(brand: brand, alias: alias, near: near, notNear: notNear))
            }
        }
        let watchlist = Watchlist(entries: entries)
        guard watchlist.aliasCount > 0 else {
            throw Fault("watchlist.empty", "the watchlist has no brands", hint: "write a row for each brand to watch")
        }
        return watchlist
    }

    /// Without the blanks around it.
    private static func trimmed(_ text: String) -> String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
