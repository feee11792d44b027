import Dataflow
import Primitives

/// Finds the sessions that a watermark closes, some at a time, and brings back what of them is on disk.
struct SessionClosing {
    let watermark: EventTime
    /// Sessions in memory that are due and have no part on disk.
    private var due: ArraySlice<UInt32> = []
    private var isOver = false

    init(_ watermark: EventTime) {
        self.watermark = watermark
    }

    /// The next sessions, which are to be removed; empty after the last.
    mutating func next(_ count: Int, _ sessions: SessionTable) throws(Fault) -> ArraySlice<UInt32> {
        while due.isEmpty && !isOver {
            var stop = watermark
            if let first = sessions.spilled?.firstDue, first <= watermark.microseconds {
                try sessions.takeBack()
                // Before others come back, those go that are shown before them: memory holds few at once.
                if let next = sessions.spilled?.firstDue, next <= watermark.microseconds {
                    stop = EventTime(microseconds: next - 1)
                }
            }
            isOver = stop == watermark
            due = try sessions.complete(sessions.closed(at: stop))[...]
        }
        defer { due = due.dropFirst(count) }
        return due.prefix(count)
    }
}

extension SessionTable {
    /// Those of some sessions in memory that have no part on disk; the others wait for it.
    fileprivate func complete(_ due: [UInt32]) throws(Fault) -> [UInt32] {
        guard let spilled, !due.isEmpty, spilled.firstDue != nil else { return due }
        let waits = try spilled.dues(touching: due, of: self)
        guard !waits.isEmpty else { return due }
        for (number, time) in waits { postpone(number, to: time) }
        return due.filter { waits[$0] == nil }
    }
}
