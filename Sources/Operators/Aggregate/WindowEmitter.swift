import Columnar
import Dataflow
import Primitives

/// Turns panes into results: once a window has closed, again where late rows changed it, and early if asked to.
///
/// A result is always the whole value of its key, to be upserted over the one before.
struct WindowEmitter {
    private static let batchRowsMax = 8_192

    private let plan: AggregatePlan
    private(set) var watermark = EventTime.distantPast
    /// The watermark when closed windows were last looked at; one that no row could reach by then is shown no more.
    private(set) var settled = EventTime.distantPast
    /// When open windows were last shown, in monotonic nanoseconds.
    private var lastEarly: Int64 = 0

    init(_ plan: AggregatePlan) {
        self.plan = plan
    }

    /// Emits what the watermark closes or late rows have changed, and drops what no row can reach any more.
    mutating func advance(to watermark: EventTime, _ store: inout PaneStore, _ output: OperatorOutput) {
        self.watermark = watermark
        // Windows of several panes change hands at the edges of panes only; in between there is nothing to look for.
        guard plan.window.isSinglePane || hasCrossedPane else { return }
        emit(store, floor: settled, output) { $0.end <= watermark.microseconds }
        for slot in store.slots {
            if isPast(plan.window.lastWindowEnd(ofPane: slot.start), watermark) {
                store.remove(slot)
            } else if plan.window.firstWindowEnd(ofPane: slot.start) <= watermark.microseconds {
                store[slot]?.clear(.unsettled)
            }
        }
        settled = watermark
    }

    private var hasCrossedPane: Bool {
        guard settled != .distantPast, watermark != .distantFuture else { return true }
        return plan.window.paneStart(settled.microseconds) != plan.window.paneStart(watermark.microseconds)
    }

    /// Shows open windows, if it is time.
    mutating func tick(_ now: Int64, _ store: PaneStore, _ output: OperatorOutput) {
        guard let interval = plan.earlyEmission, now - lastEarly >= interval * 1_000 else { return }
        lastEarly = now
        showAll(store, output)
    }

    /// Shows open windows one last time, where they are shown early at all: a run that stops has no other results.
    func stop(_ store: PaneStore, _ output: OperatorOutput) {
        guard plan.earlyEmission != nil else { return }
        showAll(store, output)
    }

    private func showAll(_ store: PaneStore, _ output: OperatorOutput) {
        emit(store, floor: watermark, output) { _ in true }
        for slot in store.slots { store[slot]?.markShown() }
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

    // MARK: Emitting

    private func emit(
        _ store: PaneStore, floor: EventTime, _ output: OperatorOutput, where isDue: (Window) -> Bool
    ) {
        if plan.window.isSinglePane {
            for slot in store.slots {
                guard let pane = store[slot], let window = plan.window.windows(ofPane: slot.start).first, isDue(window)
                else { continue }
                emit(pane, window, floor: floor, output)
            }
            return
        }
        for window in dueWindows(store, where: isDue) {
            let panes = store.slots
                .filter { $0.start >= window.start && $0.start < window.end && $0.from <= window.end }
                .compactMap { store[$0] }
            guard panes.contains(where: { $0.anyMarks.contains(news(window)) }) else { continue }
            let merged = plan.makePane(PaneSlot(start: window.start))
            for pane in panes { merged.merge(pane) }
            emit(merged, window, floor: floor, output)
        }
    }

    /// What marks the groups that a window has not shown as they are.
    private func news(_ window: Window) -> GroupMarks {
        window.end <= settled.microseconds ? .unsettled : .unshown
    }

    /// The windows of all panes, but those that had been out of reach, in the order of their ends.
    private func dueWindows(_ store: PaneStore, where isDue: (Window) -> Bool) -> [Window] {
        var windows: Set<Window> = []
        for slot in store.slots {
            for window in plan.window.windows(ofPane: slot.start)
            where window.end >= slot.from && isDue(window) && !isPast(window.end, settled) {
                windows.insert(window)
            }
        }
        return windows.sorted()
    }

    private func emit(_ pane: Pane, _ window: Window, floor: EventTime, _ output: OperatorOutput) {
        let news = news(window)
        guard pane.anyMarks.contains(news) else { return }
        var group = 0
        while group < pane.groupCount {
            let schema = plan.outputSchema
            let builders = schema.fields.map { ColumnBuilder($0.type, capacity: 1_024) }
            let times = ColumnBuilder(.timestamp, capacity: 1_024)
            let keyBuilders = Array(builders.prefix(plan.keyFields.count))
            let resultBuilders = builders.suffix(plan.functions.count)
            while group < pane.groupCount && times.count < Self.batchRowsMax {
                defer { group += 1 }
                guard pane.marks(group).contains(news) else { continue }
                RowKeyDecoder.decode(pane.key(group), into: keyBuilders)
                builders[keyBuilders.count].append(window.start)
                builders[keyBuilders.count + 1].append(window.end)
                for (accumulator, builder) in zip(pane.accumulators, resultBuilders) {
                    accumulator.appendResult(group, to: builder)
                }
                // A result happened at the last moment of its window.
                times.append(window.end - 1)
            }
            guard times.count > 0 else { continue }
            let rowCount = times.count
            output.emitMade(
                RecordBatch(
                    schema: schema, columns: builders.map { $0.finish() }, rowCount: rowCount,
                    eventTimes: times.finish().asInt64),
                floor: floor)
        }
    }

    /// Whether no row can reach a window with this end any more.
    private func isPast(_ end: Int64, _ watermark: EventTime) -> Bool {
        let (closing, overflow) = end.addingReportingOverflow(plan.window.lateness)
        return (overflow ? .max : closing) <= watermark.microseconds
    }
}
