import Primitives

/// When sessions may end, the earliest first: a binary heap. A session has one timer; if it has grown when that is due,
/// it is set again.
struct SessionTimers {
    struct Timer {
        var due: Int64
        var session: UInt32
        /// Of the session when the timer was set: it may have ended since and its number have been used again.
        var generation: UInt32
    }

    private var heap: [Timer] = []

    mutating func set(_ timer: Timer) {
        heap.append(timer)
        var position = heap.count - 1
        while position > 0 {
            let parent = (position - 1) / 2
            guard heap[position].due < heap[parent].due else { return }
            heap.swapAt(position, parent)
            position = parent
        }
    }

    /// Takes the earliest timer that is due.
    mutating func next(by watermark: EventTime) -> Timer? {
        guard let first = heap.first, first.due <= watermark.microseconds else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var position = 0
        while true {
            var least = position
            for child in [2 * position + 1, 2 * position + 2] where child < heap.count {
                if heap[child].due < heap[least].due { least = child }
            }
            if least == position { return first }
            heap.swapAt(position, least)
            position = least
        }
    }

    var memoryFootprint: Int { heap.capacity * MemoryLayout<Timer>.stride }
}
