import Columnar
import Dataflow
import Detection
import Primitives

/// What a `trend` knows: the windows that may still gain rows, and what is usual of each term.
///
/// A window is ranked when it is over, and learnt from when no row can reach it any more. In between a row that comes
/// late makes news of it, and of the windows behind it that are over, since what was usual before them is another; such
/// news are told when the next window ends.
final class TrendState {
    let plan: TrendPlan
    private(set) var windows: [Int64: TrendWindow] = [:]
    var ranking: BurstRanking
    /// The start of the first window that was learnt from: windows are numbered from there.
    var firstWindow: Int64?
    private var watermark = EventTime.distantPast
    private var clock: EmissionClock?
    /// Windows that checkpoints know, by the table's name.
    var capturedWindows: [String: Set<Int64>] = [:]
    /// Rows that checkpoints hold of each window's terms, those out of date among them; of levels by themselves.
    var capturedRows: [Int64: Int] = [:]
    var capturedLevels = 0
    var isClockCaptured = true

    init(_ plan: TrendPlan) {
        self.plan = plan
        ranking = plan.makeRanking()
        clock = EmissionClock(every: plan.earlyEmission)
    }

    /// Counts a frame's terms.
    func take(_ frame: FrameTerms) {
        for start in Set(frame.terms.lazy.map(\.window)).sorted() {
            let window = window(start)
            let number = number(start)
            window.take(frame) { ranking.score($0, count: $1, window: number) }
            window.standing.isNews = true
            guard isOver(start, watermark) else { continue }
            for other in windows.values where other.start >= start && isOver(other.start, watermark) {
                other.standing.isNews = true
                other.standing.isDue = true
            }
        }
    }

    /// Ranks the windows that are over, in order.
    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let before = self.watermark
        self.watermark = watermark
        let over = windows.keys.filter { isOver($0, watermark) }.sorted()
        guard over.contains(where: { !isOver($0, before) || isSettled($0, watermark) }) else { return }
        var rows = TrendRows(plan, floor: before)
        for start in over {
            guard let window = windows[start] else { continue }
            let isDue = window.standing.isDue || !isOver(start, before)
            window.standing.isDue = false
            if isSettled(start, watermark) {
                let candidates = settle(window)
                if isDue { rows.append(candidates, of: window) }
            } else if isDue {
                rows.append(rank(window), of: window)
            }
        }
        rows.flush(output)
    }

    /// Shows what open windows hold, if it is time.
    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) {
        if clock?.isDue(monotonicNanoseconds) == true { showNews(output) }
    }

    /// Shows open windows one last time, where they are shown early at all.
    func stop(_ output: OperatorOutput) {
        if plan.earlyEmission != nil { showNews(output) }
    }

    var memoryFootprint: Int {
        windows.values.reduce(ranking.baselines.memoryFootprint) { $0 + $1.memoryFootprint }
    }

    private func showNews(_ output: OperatorOutput) {
        var rows = TrendRows(plan, floor: watermark)
        for start in windows.keys.sorted() {
            guard let window = windows[start], window.standing.isNews else { continue }
            rows.append(rank(window), of: window)
        }
        rows.flush(output)
    }

    /// Ranks a window as if no more rows came for it, nor for those before it.
    private func rank(_ window: TrendWindow) -> [BurstRanking.Candidate] {
        let pending = windows.keys.filter { $0 < window.start }.sorted().compactMap { start in
            windows[start].map { BurstRanking.Pending(window: number(start), $0.counter) }
        }
        return ranking.rank(
            window.counter, window: number(window.start), after: pending, most: plan.candidatesMax,
            group: plan.keys.isEmpty ? nil : { window.group($0) })
    }

    /// Ranks a window that no row can reach any more, and learns from it.
    private func settle(_ window: TrendWindow) -> [BurstRanking.Candidate] {
        if firstWindow == nil {
            firstWindow = window.start
            isClockCaptured = false
        }
        defer { windows[window.start] = nil }
        return ranking.close(
            window.counter, window: number(window.start), most: plan.candidatesMax,
            group: plan.keys.isEmpty ? nil : { window.group($0) })
    }

    private func isOver(_ start: Int64, _ watermark: EventTime) -> Bool {
        start + plan.window <= watermark.microseconds
    }

    /// Whether no row can reach a window any more.
    private func isSettled(_ start: Int64, _ watermark: EventTime) -> Bool {
        start + plan.window + plan.lateness <= watermark.microseconds
    }

    func window(_ start: Int64) -> TrendWindow {
        if let window = windows[start] { return window }
        let window = TrendWindow(start: start, capacity: plan.capacity, room: plan.room)
        windows[start] = window
        return window
    }

    /// How many windows lie between the first and one.
    private func number(_ start: Int64) -> UInt32 {
        guard let first = firstWindow ?? windows.keys.min() else { return 0 }
        return UInt32(clamping: (start - first) / plan.window)
    }

    func resume(at watermark: EventTime) {
        self.watermark = watermark
        for window in windows.values { window.resume() }
    }
}
