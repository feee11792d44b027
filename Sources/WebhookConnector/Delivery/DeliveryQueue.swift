import Columnar
import Dataflow
import Primitives

/// Committed rows on their way to a receiver, in order. A row waits for those before it that are about the same
/// incident, and only for those: one that a receiver stumbles over holds nobody else up. A pure value.
struct DeliveryQueue {
    /// A row, and how far it has come.
    struct Waiting {
        let batch: RecordBatch
        let row: Int
        let name: RowName
        /// What it must stay in order with.
        let incident: String
        /// Stands for the event time of a row that has none.
        let committedAt: EventTime
        var attempts = 0
        /// On the monotonic clock, in nanoseconds.
        var firstAttempt: Int64 = 0
        var notBefore = Int64.min
        var isSettled = false
    }

    private var rows: [Waiting] = []
    /// Rows at the front that are settled, and have been taken off the outbox.
    private var head = 0
    private(set) var unsettled = 0

    var isEmpty: Bool { unsettled == 0 }

    subscript(place: Int) -> Waiting {
        get { rows[place] }
        set { rows[place] = newValue }
    }

    mutating func append(_ row: Waiting) {
        rows.append(row)
        unsettled += 1
    }

    /// Those that may be sent now, in order: at most so many.
    func due(_ now: Int64, most: Int) -> [Int] {
        var found: [Int] = []
        // Incidents of which an earlier row must go first, but is not due.
        var held: Set<String> = []
        for place in head..<rows.count where !rows[place].isSettled {
            let row = rows[place]
            guard row.notBefore <= now, !held.contains(row.incident) else {
                held.insert(row.incident)
                continue
            }
            found.append(place)
            if found.count == most { break }
        }
        return found
    }

    /// Every row that is left.
    var places: [Int] { (head..<rows.count).filter { !rows[$0].isSettled } }

    /// Rows at the front and behind it, settled ones that others are waiting before included.
    var count: Int { rows.count - head }

    /// Rows are done with.
    /// - Returns: how many rows at the front are settled by that, for the outbox to drop.
    mutating func settle(_ places: [Int]) -> Int {
        for place in places where !rows[place].isSettled {
            rows[place].isSettled = true
            unsettled -= 1
        }
        let before = head
        while head < rows.count && rows[head].isSettled { head += 1 }
        let dropped = head - before
        // Now and then, so that a long queue does not cost a move of all with each row.
        if head == rows.count || head >= 4_096 {
            rows.removeFirst(head)
            head = 0
        }
        return dropped
    }

    /// Which rows behind the front are settled; `nil` if none is. The queue forgets these rows, and so must the outbox.
    mutating func removeSettled() -> [Bool]? {
        let settled = rows[head...].map(\.isSettled)
        guard settled.contains(true) || head > 0 else { return nil }
        rows = rows[head...].filter { !$0.isSettled }
        head = 0
        return settled.contains(true) ? settled : nil
    }
}
