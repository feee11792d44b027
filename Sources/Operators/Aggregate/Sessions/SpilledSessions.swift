import Columnar
import Dataflow
import Primitives

/// Sessions that memory has no room for, in runs that come back when the first of theirs may be due.
struct SpilledSessions {
    /// Bytes of memory for each: its share of two filters, and of what is known of a page.
    static let bytesPerSession = FilteredRun.bytesPerRow + 2
    /// Parts that are made of what goes to disk at once, by when they are due: so much comes back at once.
    private static let partsMax = 32

    let folder: SpillFolder
    private let plan: SessionPlan
    private let format: SessionCapture
    private var layers: [SessionLayer] = []
    /// By their ends.
    private var runs: [SessionRun] = []
    /// Ends of runs that have come or gone since the last capture.
    private var changedEnds: Set<Int64> = []
    /// Ends of runs that checkpoints name.
    private var capturedEnds: Set<Int64> = []
    private var restored: [String: SessionRunRows.Restored] = [:]

    init(_ plan: SessionPlan, _ folder: SpillFolder) {
        self.plan = plan
        self.folder = folder
        format = SessionCapture(plan)
    }

    var memoryFootprint: Int { layers.reduce(0) { $0 + $1.memoryFootprint } }

    /// When a session of a run may have to be shown; `nil` if there is none.
    var firstDue: Int64? { runs.first.map { $0.end + plan.lateness } }

    /// Writes all sessions of a table.
    mutating func add(_ table: SessionTable) throws(Fault) {
        var open = table.sessions.indices.compactMap { index -> (shown: Int64, number: UInt32)? in
            let number = UInt32(truncatingIfNeeded: index)
            return table.sessions[index].isOpen ? (table.shown(number), number) : nil
        }
        open.sort { $0.shown < $1.shown }
        var (least, most) = (UInt64.max, UInt64.min)
        for (_, number) in open {
            least = min(least, table.hash(number))
            most = max(most, table.hash(number))
        }
        guard least <= most else { return }
        let layer = SessionLayer(count: open.count, range: least...most)
        let size = max(4 * folder.bucketRowsMin, (open.count + Self.partsMax - 1) / Self.partsMax)
        for start in stride(from: 0, to: open.count, by: size) {
            try write(open[start..<min(open.count, start + size)], of: table, into: layer)
        }
        layers.append(layer)
    }

    private mutating func write(
        _ part: ArraySlice<(shown: Int64, number: UInt32)>, of table: SessionTable, into layer: SessionLayer
    ) throws(Fault) {
        let order = HashOrder.sorted(part.count) { table.hash(part[part.startIndex + $0].number) }
        let numbers = order.map { part[part.startIndex + Int($0)].number }
        var builder = RowRunBuilder(folder)
        try format.write(table, numbers, isPaged: true) { page throws(Fault) in try builder.append(page) }
        let first = numbers.reduce(Int64.max) { min($0, table.sessions[Int($1)].first) }
        let end = (part.first?.shown ?? 0) - plan.lateness
        let hashes = numbers.map { table.hash($0) }
        layer.insert(hashes[...])
        var start = 0
        for rows in try builder.finish() {
            let run = SessionRun(
                FilteredRun(rows, hashes[start..<start + rows.rowCount]), first: first, end: end)
            start += rows.rowCount
            add(run, to: layer)
        }
    }

    private mutating func add(_ run: SessionRun, to layer: SessionLayer) {
        layer.runs.append(run)
        runs.insert(run, at: runs.firstIndex { $0.end > run.end } ?? runs.count)
        changedEnds.insert(run.end)
    }

    /// Takes the run out that may be due first. It is to be retired once it has been read.
    mutating func takeFirst() -> SessionRun? {
        guard !runs.isEmpty else { return nil }
        let run = runs.removeFirst()
        for layer in layers { layer.runs.removeAll { $0 === run } }
        layers.removeAll { $0.runs.isEmpty }
        changedEnds.insert(run.end)
        return run
    }

    func retire(_ run: SessionRun) { folder.retire(run.rows.rows.file.name) }

    /// When sessions can be shown of which parts lie here, that is, are less than the gap away: these come back then.
    func dues(touching numbers: [UInt32], of table: SessionTable) throws(Fault) -> [UInt32: Int64] {
        var dues: [UInt32: Int64] = [:]
        let all = [FilteredRun.Wanted](numbers.count) { table.hash(numbers[$0]) }
        for layer in layers {
            let wanted = all.filter { layer.mayContain($0.hash) }
            guard let latest = wanted.lazy.map({ table.sessions[Int(numbers[Int($0.number)])].last }).max() else {
                continue
            }
            for run in layer.runs where run.first - latest < plan.gap {
                try run.rows.forEachPage(wanted) { page, _, hits throws(Fault) in
                    guard let firsts = page.column("first", .timestamp)?.asInt64,
                        let lasts = page.column("last", .timestamp)?.asInt64
                    else { throw StateColumns.foreign }
                    var keys = RowKeyEncoder(try format.columns.keys(page))
                    defer { keys.deallocate() }
                    for hit in hits {
                        for row in hit.rows {
                            let key = keys.encode(row)
                            for entry in wanted[hit.wanted] {
                                let number = numbers[Int(entry.number)]
                                let session = table.sessions[Int(number)]
                                guard firsts.values[row] - session.last < plan.gap,
                                    session.first - lasts.values[row] < plan.gap,
                                    key.elementsEqual(table.key(number))
                                else { continue }
                                dues[number] = max(dues[number] ?? .min, run.end + plan.lateness)
                            }
                        }
                    }
                }
            }
        }
        return dues
    }

    // MARK: Checkpoints

    mutating func capture(whole: Bool) -> [StateChange] {
        if whole { (capturedEnds, changedEnds) = ([], Set(runs.map(\.end))) }
        var changes: [StateChange] = []
        for end in changedEnds.sorted() {
            let here = runs.filter { $0.end == end }
            if !here.isEmpty {
                let rows = StateRows(table: SessionRunRows.table.name, bucket: end, rows: SessionRunRows.write(here))
                changes.append(.replace(rows))
                capturedEnds.insert(end)
            } else if capturedEnds.remove(end) != nil {
                changes.append(.drop(table: SessionRunRows.table.name, bucket: end))
            }
        }
        changedEnds = []
        return changes
    }

    mutating func restore(_ stored: StateRows) throws(Fault) {
        try SessionRunRows.read(stored, into: &restored)
        capturedEnds.insert(stored.bucket)
    }

    mutating func resume() throws(Fault) {
        guard !restored.isEmpty else { return }
        let count = restored.values.reduce(0) { $0 + $1.groups.values.reduce(0, +) }
        let groups = restored.values.flatMap(\.groups.keys)
        let layer = SessionLayer(
            count: count, range: UInt64(groups.min() ?? 0) << 56...UInt64(groups.max() ?? 0) << 56 | UInt64.max >> 8)
        for (name, file) in restored.sorted(by: { $0.key < $1.key }) {
            let rows = try FilteredRun.open(name, groups: file.groups, in: folder) { layer.insert($0) }
            add(SessionRun(rows, first: file.first, end: file.end), to: layer)
        }
        layers.append(layer)
        changedEnds = []
        restored = [:]
    }
}
