import Columnar
import Dataflow
import Primitives

/// Turns panes into results: once a window has closed, again where late rows changed it, and early if asked to.
///
/// A result is always the whole value of its key, to be upserted over the one before. What a window shows is made bit
/// by bit, however many groups it has: after some ten thousand rows `hasMore` says that `proceed` goes on.
struct WindowEmitter {
    private static let batchRowsMax = 8_192
    /// Rows that are made at once.
    static let stepRowsMax = 65_536

    /// Windows on their way out.
    private struct Pass {
        /// Why they are shown: closed windows are settled by the watermark, open ones are shown early.
        var isClosing: Bool
        var windows: ArraySlice<Window>
        var floor: EventTime
        /// The window that is being shown, and what is left of it.
        var current: (window: Window, groups: WindowGroups)?
    }

    private let plan: AggregatePlan
    private let format: CapturedPanes
    private let stepRowsMax: Int
    private(set) var watermark = EventTime.distantPast
    /// The watermark when closed windows were last looked at; one that no row could reach by then is shown no more.
    private(set) var settled = EventTime.distantPast
    private var pass: Pass?

    init(_ plan: AggregatePlan, stepRowsMax: Int = WindowEmitter.stepRowsMax) {
        self.plan = plan
        self.stepRowsMax = stepRowsMax
        format = CapturedPanes(plan)
    }

    /// Whether results are left over.
    var hasMore: Bool { pass != nil }

    /// Emits what the watermark closes or late rows have changed, and drops what no row can reach any more.
    mutating func advance(to watermark: EventTime, _ store: inout PaneStore, _ output: OperatorOutput) throws(Fault) {
        self.watermark = watermark
        // Windows of several panes change hands at the edges of panes only; in between there is nothing to look for.
        guard plan.window.isSinglePane || hasCrossedPane else { return }
        let windows = dueWindows(store) { $0.end <= watermark.microseconds }
        pass = Pass(isClosing: true, windows: windows[...], floor: settled)
        try proceed(&store, output)
    }

    private var hasCrossedPane: Bool {
        guard settled != .distantPast, watermark != .distantFuture else { return true }
        return plan.window.paneStart(settled.microseconds) != plan.window.paneStart(watermark.microseconds)
    }

    /// Shows open windows one last time, where they are shown early at all: a run that stops has no other results.
    mutating func stop(_ store: inout PaneStore, _ output: OperatorOutput) throws(Fault) {
        guard plan.earlyEmission != nil else { return }
        try showAll(&store, output)
    }

    /// Shows open windows as they are.
    mutating func showAll(_ store: inout PaneStore, _ output: OperatorOutput) throws(Fault) {
        let windows = dueWindows(store) { _ in true }
        pass = Pass(isClosing: false, windows: windows[...], floor: watermark)
        try proceed(&store, output)
    }

    /// Goes on with what is left over.
    mutating func proceed(_ store: inout PaneStore, _ output: OperatorOutput) throws(Fault) {
        guard var pass else { return }
        // What changes it, or the panes, in between would be seen by some of a window's rows alone.
        self.pass = nil
        var rowCount = 0
        while rowCount < stepRowsMax {
            if pass.current == nil {
                guard let window = pass.windows.popFirst() else {
                    finish(pass, &store)
                    return
                }
                guard let groups = groups(of: window, store) else { continue }
                pass.current = (window, groups)
            }
            guard let window = pass.current?.window,
                let rows = try pass.current?.groups.next(window, news(window), rowsMax: Self.batchRowsMax)
            else {
                pass.current = nil
                continue
            }
            rowCount += rows.rowCount
            output.emitMade(rows, floor: pass.floor)
        }
        self.pass = pass
    }

    /// Every window of a pass has been shown.
    private mutating func finish(_ pass: Pass, _ store: inout PaneStore) {
        guard pass.isClosing else { return store.markShown() }
        for slot in store.slots {
            if isPast(plan.window.lastWindowEnd(ofPane: slot.start), watermark) {
                store.remove(slot)
            } else if plan.window.firstWindowEnd(ofPane: slot.start) <= watermark.microseconds {
                store.clear(.unsettled, of: slot)
            }
        }
        settled = watermark
    }

    // MARK: After a restart

    /// The operator's watermark was here when its panes were captured.
    mutating func resume(at watermark: EventTime) {
        self.watermark = watermark
        // Since the last look the watermark has crossed no pane's edge, so no window has closed. What was out of reach
        // only by then is empty of changes.
        settled =
            plan.window.isSinglePane || watermark == .distantPast
            ? watermark : EventTime(microseconds: plan.window.paneStart(watermark.microseconds))
    }

    /// Whether closed windows have been looked at between a time when `settled` stood at `earlier` and the one when the
    /// operator's watermark stood at `watermark`.
    func hasSettled(since earlier: EventTime, by watermark: EventTime) -> Bool {
        guard !plan.window.isSinglePane, earlier != .distantPast else { return watermark > earlier }
        return plan.window.paneStart(watermark.microseconds) > plan.window.paneStart(earlier.microseconds)
    }

    // MARK: Windows

    /// The groups of a window, if some of them are news.
    private func groups(of window: Window, _ store: PaneStore) -> WindowGroups? {
        let news = news(window)
        let slots =
            plan.window.isSinglePane
            ? [PaneSlot(start: window.start)]
            : store.slots.filter { $0.start >= window.start && $0.start < window.end && $0.from <= window.end }
        guard slots.contains(where: { store.anyMarks($0).contains(news) }) else { return nil }
        let panes = slots.compactMap { store[$0] }
        let runs = slots.flatMap { store.runs($0) }
        if plan.window.isSinglePane, runs.isEmpty, let pane = panes.first { return WindowGroups(plan, pane) }
        return WindowGroups(
            plan,
            PaneSlices(
                plan, format, slot: PaneSlot(start: window.start), panes: panes, runs: runs, news: news))
    }

    /// What marks the groups that a window has not shown as they are.
    private func news(_ window: Window) -> GroupMarks {
        window.end <= settled.microseconds ? .unsettled : .unshown
    }

    /// The windows of all panes, but those that had been out of reach, in the order of their ends.
    private func dueWindows(_ store: PaneStore, where isDue: (Window) -> Bool) -> [Window] {
        if plan.window.isSinglePane {
            return store.slots.compactMap { plan.window.windows(ofPane: $0.start).first }.filter(isDue)
        }
        var windows: Set<Window> = []
        for slot in store.slots {
            for window in plan.window.windows(ofPane: slot.start)
            where window.end >= slot.from && isDue(window) && !isPast(window.end, settled) {
                windows.insert(window)
            }
        }
        return windows.sorted()
    }

    /// Whether no row can reach a window with this end any more.
    private func isPast(_ end: Int64, _ watermark: EventTime) -> Bool {
        let (closing, overflow) = end.addingReportingOverflow(plan.window.lateness)
        return (overflow ? .max : closing) <= watermark.microseconds
    }
}
