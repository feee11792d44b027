/// Puts what comes out of order, by lane and number, back into order.
package struct LaneSequencer<Item> {
    private struct Waiting {
        var next: Int64 = 0
        var items: [Int64: Item] = [:]
    }

    private var lanes: [Lane: Waiting] = [:]

    package init() {}

    /// Takes one item; returns those that are now in order.
    package mutating func insert(_ item: Item, lane: Lane, sequence: Int64) -> [Item] {
        var waiting = lanes.removeValue(forKey: lane) ?? Waiting()
        waiting.items[sequence] = item
        var ready: [Item] = []
        while let item = waiting.items.removeValue(forKey: waiting.next) {
            ready.append(item)
            waiting.next += 1
        }
        lanes[lane] = waiting
        return ready
    }
}
