/// "But": what stands before it counts half, what stands behind it half as much again.
///
/// The reference finds the position of each valence by its value, so that of equal valences the first is changed,
/// perhaps several times. Its published scores depend on that, and so it is done here.
enum VaderContrast {
    /// Words from which on the search for equal valences keeps a record: without one it takes a text's length squared.
    static let longText = 2048

    /// Changes the valences of a text whose first "but" stands at `pivot`.
    static func apply(_ valences: UnsafeMutableBufferPointer<Double>, pivot: Int) {
        if valences.count < longText { applyPlainly(valences, pivot) } else { applyRecorded(valences, pivot) }
    }

    static func applyPlainly(_ valences: UnsafeMutableBufferPointer<Double>, _ pivot: Int) {
        for turn in valences.indices {
            let valence = valences[turn]
            // Zero stays zero by either factor.
            if valence == 0 { continue }
            var index = 0
            while valences[index] != valence { index += 1 }
            valences[index] = contrasted(valence, index, pivot)
        }
    }

    /// The same with a record of where each valence stands or stood, first places first.
    static func applyRecorded(_ valences: UnsafeMutableBufferPointer<Double>, _ pivot: Int) {
        var places: [Double: PlaceQueue] = [:]
        for turn in valences.indices {
            let valence = valences[turn]
            if valence == 0 { continue }
            // A place behind this one cannot be the first, so none is recorded before its turn.
            var queue = places.removeValue(forKey: valence) ?? PlaceQueue()
            queue.insert(turn)
            while valences[queue.first] != valence { queue.removeFirst() }
            let index = queue.first
            places[valence] = queue
            let changed = contrasted(valence, index, pivot)
            valences[index] = changed
            if changed != valence { places[changed, default: PlaceQueue()].insert(index) }
        }
    }

    private static func contrasted(_ valence: Double, _ index: Int, _ pivot: Int) -> Double {
        index < pivot ? valence * 0.5 : index > pivot ? valence * 1.5 : valence
    }
}

/// Positions, the smallest first: a binary heap.
private struct PlaceQueue {
    private var heap: [Int] = []

    /// The smallest; there must be one.
    var first: Int { heap[0] }

    mutating func insert(_ place: Int) {
        var child = heap.count
        heap.append(place)
        while child > 0, heap[(child - 1) / 2] > heap[child] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while case let left = 2 * parent + 1, left < heap.count {
            let smaller = left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
            if heap[parent] <= heap[smaller] { break }
            heap.swapAt(parent, smaller)
            parent = smaller
        }
    }
}
