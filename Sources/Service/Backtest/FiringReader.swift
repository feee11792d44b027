import Columnar
import Dataflow
import Pipelines
import Primitives
import Synchronization

/// Reads in the rows of one detector when it would have told somebody.
///
/// A `crisis` and an `alert` do when an incident opens or escalates; an `anomaly` at a score of 0.4, which a few in a
/// thousand reach; a `trend` when a term enters the ranking that was not in that of the window before.
struct FiringReader: Sendable {
    static let kinds: Set<String> = ["alert", "anomaly", "crisis", "trend"]
    private static let scoreMin = 0.4
    private static let tellingStatuses: Set<String> = ["open", "escalate"]

    private let kind: String
    private let name: String
    private let keys: [String]
    /// A trend's ranking before the present one, and the present one.
    private var ranked: (earlier: Set<String>, start: Int64, current: Set<String>) = ([], .min, [])

    /// - Parameter node: a detector's node.
    init?(_ node: LogicalNode) {
        guard case .operator(let kind, let planned) = node.work, Self.kinds.contains(kind) else { return nil }
        self.kind = kind
        name = node.name
        if case .keyed(let keys, _) = planned.placement {
            self.keys = keys.map { String($0.field.name.map { $0 == "." ? "_" : $0 }) }
        } else {
            keys = []
        }
    }

    /// The firings of a batch.
    mutating func read(_ batch: RecordBatch) -> [Firing] {
        var found: [Firing] = []
        batch.forEachRow { row in
            if let firing = kind == "trend" ? trend(batch, row) : alert(batch, row) { found.append(firing) }
        }
        return found
    }

    private func alert(_ batch: RecordBatch, _ row: Int) -> Firing? {
        guard let at = Self.integer(batch, "at", row) else { return nil }
        if let status = Self.string(batch, "status", row), !Self.tellingStatuses.contains(status) { return nil }
        let key = keys.compactMap { Self.text(batch, $0, row) }.joined(separator: " ")
        guard kind == "anomaly" else {
            let parts = [Self.string(batch, "severity", row), Self.string(batch, "message", row)]
            return Firing(at: at, detector: name, key: key, text: parts.compactMap { $0 }.joined(separator: ": "))
        }
        guard let score = Self.number(batch, "score", row), score >= Self.scoreMin else { return nil }
        let (value, expected) = (Self.number(batch, "value", row) ?? 0, Self.number(batch, "expected", row) ?? 0)
        return Firing(
            at: at, detector: name, key: key,
            text: "score \(Self.rounded(score)), \(Self.rounded(value)) against \(Self.rounded(expected))")
    }

    private mutating func trend(_ batch: RecordBatch, _ row: Int) -> Firing? {
        guard let start = Self.integer(batch, "window_start", row), let at = Self.integer(batch, "window_end", row),
            let term = Self.string(batch, "term", row)
        else { return nil }
        if start != ranked.start { ranked = (ranked.current, start, []) }
        ranked.current.insert(term)
        guard !ranked.earlier.contains(term) else { return nil }
        let (score, count) = (Self.number(batch, "score", row) ?? 0, Self.integer(batch, "mentions", row) ?? 0)
        return Firing(
            at: at, detector: name, key: term, text: "score \(Self.rounded(score)), \(count) mentions")
    }

    private static func column(_ batch: RecordBatch, _ name: String) -> Column? {
        batch.schema.index(of: name).map { batch.columns[$0] }
    }

    private static func integer(_ batch: RecordBatch, _ name: String, _ row: Int) -> Int64? {
        column(batch, name)?.asInt64?.values[row]
    }

    private static func number(_ batch: RecordBatch, _ name: String, _ row: Int) -> Double? {
        column(batch, name)?.asFloat64?.values[row]
    }

    private static func string(_ batch: RecordBatch, _ name: String, _ row: Int) -> String? {
        guard let column = column(batch, name)?.asBytes, column.isValid(row) else { return nil }
        return column.string(row)
    }

    /// A key's value as text.
    private static func text(_ batch: RecordBatch, _ name: String, _ row: Int) -> String? {
        guard let column = column(batch, name), column.isValid(row) else { return nil }
        switch column {
        case .string(let column), .bytes(let column): return column.string(row)
        case .int64(let column), .timestamp(let column): return String(column.values[row])
        case .float64(let column): return String(column.values[row])
        case .bool(let column): return String(column[row])
        case .list, .struct: return nil
        }
    }

    /// Two digits behind the point.
    private static func rounded(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let hundredths = Int64((value * 100).rounded())
        let (whole, rest) = (hundredths.magnitude / 100, hundredths.magnitude % 100)
        return (hundredths < 0 ? "-" : "") + "\(whole)" + (rest == 0 ? "" : rest < 10 ? ".0\(rest)" : ".\(rest)")
    }
}

/// Collects what the detectors of a run tell.
final class FiringLog: Sendable {
    private let firings = Mutex<[Firing]>([])

    func add(_ new: [Firing]) {
        firings.withLock { $0 += new }
    }

    /// All so far, in the order of event time.
    var sorted: [Firing] { firings.withLock { $0.sorted(by: Firing.isBefore) } }
}

/// Stands behind a detector in place of its sinks.
final class FiringSink: Sink {
    private var reader: FiringReader?
    private let log: FiringLog
    private(set) var counts = SinkCounts()
    let wantsCommit = false

    /// - Parameter reader: `nil`: rows are counted and forgotten.
    init(_ reader: FiringReader?, _ log: FiringLog) {
        self.reader = reader
        self.log = log
    }

    func write(_ batch: RecordBatch) {
        counts.received += Int64(batch.selectedCount)
        if let firings = reader?.read(batch), !firings.isEmpty { log.add(firings) }
    }

    func prepare(epoch: Int64) -> SinkSnapshot { SinkSnapshot() }
    func commit(epoch: Int64) { counts.committed = counts.received }
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {}
    func close() {}
}
