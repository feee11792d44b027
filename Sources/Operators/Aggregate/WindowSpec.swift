import Primitives

/// How event time is cut into windows. All windows are aligned to the epoch, in UTC.
package enum WindowKind: Sendable, Hashable {
    /// Windows of one size, side by side.
    case tumbling(size: Int64)
    /// Windows of one size, a new one every `every`.
    case hopping(size: Int64, every: Int64)
    /// Windows that start together every `size` and end one `step` later than one another.
    case cumulative(size: Int64, step: Int64)
}

/// A window definition; all lengths in microseconds.
///
/// Windows are made of panes: the longest stretches that no window's edge cuts. A row is folded into its one pane, and
/// a window's result is the merger of its panes (Li et al., "No pane, no gain", 2005).
package struct WindowSpec: Sendable, Hashable {
    package var kind: WindowKind
    /// How long after its end a window still takes rows.
    package var lateness: Int64

    package init(kind: WindowKind, lateness: Int64) {
        self.kind = kind
        self.lateness = lateness
    }

    package var paneSize: Int64 {
        switch kind {
        case .tumbling(let size): size
        case .hopping(let size, let every): greatestCommonDivisor(size, every)
        case .cumulative(_, let step): step
        }
    }

    /// Whether every window is exactly one pane.
    package var isSinglePane: Bool {
        switch kind {
        case .tumbling: true
        case .hopping(let size, let every): size == every
        case .cumulative(let size, let step): size == step
        }
    }

    /// The times that windows can be made of: their edges, and what is added to them, stay numbers.
    package var range: ClosedRange<Int64> {
        let margin = 4 * (retention + paneSize)
        return Int64.min + margin...Int64.max - margin
    }

    /// The slot that takes rows of a pane while a lane's floor is at `floor`; `nil` if every window of it has closed.
    func slot(ofPane start: Int64, floor: EventTime) -> PaneSlot? {
        // Lateness counts from a window's end, so the floor may be moved instead.
        #if CANARIES
            let slack: Int64 = Canary.isOn(.windowOffByOne) ? 1 : 0
            let closed = floor.advanced(byMicroseconds: -lateness - slack).microseconds
        #else
            let closed = floor.advanced(byMicroseconds: -lateness).microseconds
        #endif
        if lastWindowEnd(ofPane: start) <= closed { return nil }
        switch kind {
        case .tumbling: return PaneSlot(start: start)
        case .hopping(let size, let every):
            if firstWindowEnd(ofPane: start) > closed { return PaneSlot(start: start) }
            return PaneSlot(start: start, from: floorMultiple(closed - size, every) + every + size)
        case .cumulative(_, let step):
            if firstWindowEnd(ofPane: start) > closed { return PaneSlot(start: start) }
            return PaneSlot(start: start, from: floorMultiple(closed, step) + step)
        }
    }

    /// The end of the first window that holds the pane.
    func firstWindowEnd(ofPane start: Int64) -> Int64 {
        switch kind {
        case .tumbling(let size): start + size
        case .hopping(let size, let every): floorMultiple(start + paneSize - size + every - 1, every) + size
        case .cumulative(_, let step): start + step
        }
    }

    /// The start of the pane that holds a time.
    package func paneStart(_ time: Int64) -> Int64 {
        floorMultiple(time, paneSize)
    }

    /// The end of the last window that holds the pane.
    package func lastWindowEnd(ofPane start: Int64) -> Int64 {
        switch kind {
        case .tumbling(let size): start + size
        case .hopping(let size, let every): floorMultiple(start, every) + size
        case .cumulative(let size, _): floorMultiple(start, size) + size
        }
    }

    /// Every window that holds the pane.
    package func windows(ofPane start: Int64) -> [Window] {
        switch kind {
        case .tumbling(let size):
            return [Window(start: start, end: start + size)]
        case .hopping(let size, let every):
            let last = floorMultiple(start, every)
            let first = floorMultiple(start + paneSize - size + every - 1, every)
            return stride(from: first, through: last, by: Int(every)).map { Window(start: $0, end: $0 + size) }
        case .cumulative(let size, let step):
            let origin = floorMultiple(start, size)
            return stride(from: start + step, through: origin + size, by: Int(step)).map {
                Window(start: origin, end: $0)
            }
        }
    }

    /// Windows that one row falls into.
    package var windowsPerRow: Int64 {
        switch kind {
        case .tumbling: 1
        case .hopping(let size, let every): (size + every - 1) / every
        case .cumulative(let size, let step): size / step
        }
    }

    /// For how much event time the state of a row lives, at most.
    package var retention: Int64 {
        switch kind {
        case .tumbling(let size), .hopping(let size, _), .cumulative(let size, _): size + lateness
        }
    }
}

/// What rows are folded into: a pane, and the windows that it still counts for.
///
/// Rows that come when some windows of their pane have closed, but not all, have slots of their own, so that which
/// windows a row counts for depends on its lane alone and not on what has been shown by then.
struct PaneSlot: Sendable, Hashable, Comparable {
    var start: Int64
    /// The earliest end of a window that these rows count for; the least number if they count for all.
    var from = Int64.min

    static func < (left: PaneSlot, right: PaneSlot) -> Bool {
        (left.start, left.from) < (right.start, right.from)
    }
}

/// A stretch of event time, its end not included; microseconds.
package struct Window: Sendable, Hashable, Comparable {
    package var start: Int64
    package var end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    package static func < (left: Window, right: Window) -> Bool {
        (left.end, left.start) < (right.end, right.start)
    }
}

private func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
}

/// The greatest multiple of `step` that is not above `value`.
func floorMultiple(_ value: Int64, _ step: Int64) -> Int64 {
    let remainder = value % step
    guard remainder < 0 else { return value - remainder }
    // At the very beginning of time there is no such multiple; windows are not made that far out.
    let (multiple, overflow) = (value - remainder).subtractingReportingOverflow(step)
    return overflow ? .min : multiple
}
