/// Why an expression has no value for a row.
package struct RowError: Hashable, Sendable {
    /// Stable and searchable, for example `expression.division_by_zero`.
    package let code: String
    /// Lowercase, without a full stop.
    package let message: String

    package init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    static let divisionByZero = RowError("expression.division_by_zero", "division by zero")
    static let overflow = RowError("expression.overflow", "integer overflow")
    static let timeRange = RowError("expression.time_range", "timestamp or duration out of range")
    static let conversion = RowError("expression.conversion", "value cannot be converted")
    static let index = RowError("expression.index", "index out of range")
    static let tooLarge = RowError("expression.too_large", "result is too large")
    static let pattern = RowError("expression.pattern", "malformed pattern")
    static let arguments = RowError("expression.arguments", "argument out of range")

    static func noValue(_ name: String?) -> RowError {
        RowError("expression.no_value", name.map { "`\($0)` has no value" } ?? "a value is missing")
    }
}

/// The selected rows of a batch for which an expression failed. At least one has.
package struct RowErrors: Sendable {
    /// The rows that failed in one way.
    package struct Kind: Sendable {
        package let error: RowError
        package let rows: Bitmap
    }

    /// Each way of failing once; a row is in one of them at most.
    package let kinds: [Kind]
    /// The rows that failed, in order.
    package let rows: SelectionVector

    init?(_ failures: Failures, active: Words) {
        var kinds: [Kind] = []
        var all: Words?
        for (error, words) in failures.kinds {
            let rows = words.intersection(active)
            if rows.isEmpty { continue }
            kinds.append(Kind(error: error, rows: rows.bitmap))
            all = all?.union(rows) ?? rows
        }
        guard let all else { return nil }
        self.kinds = kinds
        rows = all.selection()
    }

    /// Why a row failed; `nil` if it did not.
    package func error(at row: Int) -> RowError? {
        kinds.first { $0.rows[row] }?.error
    }
}

/// Rows that failed so far during an evaluation, all of them active, each in one kind only.
struct Failures {
    private(set) var kinds: [(error: RowError, rows: Words)] = []

    var isEmpty: Bool { kinds.isEmpty }

    /// Every failed row; `nil` if there is none.
    var rows: Words? {
        guard var all = kinds.first?.rows else { return nil }
        for kind in kinds.dropFirst() { all = all.union(kind.rows) }
        return all
    }

    /// Why a row failed; `nil` if it did not.
    func error(at row: Int) -> RowError? {
        kinds.first { $0.rows[row] }?.error
    }

    /// Adds failed rows. Of a row that failed before, the first reason stays.
    mutating func add(_ error: RowError, _ rows: Words) {
        var rows = rows
        for kind in kinds { rows = rows.subtracting(kind.rows) }
        if rows.isEmpty { return }
        if let index = kinds.firstIndex(where: { $0.error == error }) {
            kinds[index].rows = kinds[index].rows.union(rows)
        } else {
            kinds.append((error, rows))
        }
    }

    mutating func merge(_ other: Failures) {
        if isEmpty { self = other } else { for kind in other.kinds { add(kind.error, kind.rows) } }
    }

    /// The failures among some rows.
    func intersection(_ rows: Words) -> Failures {
        var result = Failures()
        for kind in kinds { result.add(kind.error, kind.rows.intersection(rows)) }
        return result
    }
}
