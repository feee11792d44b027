import Columnar
import Dataflow
import Detection
import Primitives

/// What a `trend` knows: the windows that are not over, and what is usual of each term.
final class TrendState: OperatorState {
    private let plan: TrendPlan
    private let captured: CapturedTerms
    private var windows: [Int64: TrendWindow] = [:]
    private var ranking: BurstRanking
    /// The start of the first window that was closed: windows are numbered from there.
    private var firstWindow: Int64?
    private var watermark = EventTime.distantPast
    /// Rows that checkpoints hold of each window, those out of date among them; of levels by themselves.
    private var capturedRows: [Int64: Int] = [:]
    private var capturedLevels = 0
    private var isClockCaptured = true

    init(_ plan: TrendPlan) {
        self.plan = plan
        captured = CapturedTerms()
        ranking = plan.makeRanking()
    }

    /// Counts a frame's terms.
    func take(_ frame: FrameTerms) {
        for start in Set(frame.terms.lazy.map(\.window)).sorted() {
            let number = number(start)
            window(start).take(frame) { ranking.score($0, count: $1, window: number) }
        }
    }

    /// Ranks the windows that are over, in order.
    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        var rows = TrendRows(plan, floor: self.watermark)
        self.watermark = watermark
        let due = windows.keys.filter { watermark == .distantFuture || $0 + plan.window <= watermark.microseconds }
        for start in due.sorted() {
            guard let window = windows.removeValue(forKey: start) else { continue }
            if firstWindow == nil {
                firstWindow = start
                isClockCaptured = false
            }
            let candidates = ranking.close(
                window.counter, window: number(start), most: plan.top * TrendRows.candidatesPerRank + 16)
            rows.append(candidates, of: window)
        }
        rows.flush(output)
    }

    var memoryFootprint: Int {
        windows.values.reduce(ranking.baselines.memoryFootprint) { $0 + $1.memoryFootprint }
    }

    private func window(_ start: Int64) -> TrendWindow {
        if let window = windows[start] { return window }
        let window = TrendWindow(start: start, capacity: plan.capacity)
        windows[start] = window
        return window
    }

    /// How many windows lie between the first and one.
    private func number(_ start: Int64) -> UInt32 {
        guard let firstWindow else { return 0 }
        return UInt32(clamping: (start - firstWindow) / plan.window)
    }

    // MARK: Checkpoints

    var tables: [StateTable] { captured.tables }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        for start in capturedRows.keys.sorted() where whole || windows[start] == nil {
            capturedRows[start] = nil
            if !whole { changes.append(.drop(table: CapturedTerms.terms.name, bucket: start)) }
        }
        for (start, window) in windows.sorted(by: { $0.key < $1.key }) {
            let isNew =
                window.takeRemoval() || whole
                || capturedRows[start, default: 0] > StateBatchBuilder.outdatedMax(window.counter.count)
            let batches = captured.write(window, all: isNew)
            if isNew { capturedRows[start] = nil }
            for batch in batches { capturedRows[start, default: 0] += batch.rowCount }
            changes += CapturedTerms.changes(CapturedTerms.terms, start, batches, isNew: isNew)
        }
        return changes + captureUsual(whole: whole)
    }

    private func captureUsual(whole: Bool) -> [StateChange] {
        let hasRemoved = ranking.baselines.takeRemoval()
        let isNew =
            hasRemoved || whole || capturedLevels > StateBatchBuilder.outdatedMax(ranking.baselines.count)
        let levels = captured.write(&ranking.baselines, all: isNew)
        if isNew { capturedLevels = 0 }
        for batch in levels { capturedLevels += batch.rowCount }
        var changes = CapturedTerms.changes(CapturedTerms.levels, StateRows.notInTime, levels, isNew: isNew)
        if (hasRemoved || whole) && !ranking.baselines.hashed.isEmpty {
            let cells = captured.write(ranking.baselines.hashed)
            changes += CapturedTerms.changes(CapturedTerms.hashed, StateRows.notInTime, cells, isNew: true)
        }
        if let firstWindow, whole || !isClockCaptured {
            let clock = captured.write(firstWindow: firstWindow)
            changes += CapturedTerms.changes(CapturedTerms.clock, StateRows.notInTime, [clock], isNew: true)
            isClockCaptured = true
        }
        return changes
    }

    func restore(_ stored: StateRows) throws(Fault) {
        let rows = stored.rows.compacted()
        switch stored.table {
        case CapturedTerms.terms.name:
            capturedRows[stored.bucket, default: 0] += rows.rowCount
            let window = window(stored.bucket)
            try captured.read(terms: rows, into: window)
        case CapturedTerms.levels.name:
            capturedLevels += rows.rowCount
            try captured.read(levels: rows, into: &ranking.baselines)
        case CapturedTerms.hashed.name: try captured.read(hashed: rows, into: &ranking.baselines)
        case CapturedTerms.clock.name: firstWindow = try captured.readClock(rows) ?? firstWindow
        default: break
        }
    }

    func resume(at watermark: EventTime) {
        self.watermark = watermark
    }
}
