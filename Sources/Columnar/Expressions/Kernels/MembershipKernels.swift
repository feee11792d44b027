import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// `in`.
enum MembershipKernels {
    /// Strings or bytes in a list that is the same for all rows.
    static func texts(inConstant elements: BytesColumn) -> @Sendable (Frame, Vector) -> Vector {
        let set = TextSet(elements)
        return { frame, text in
            let (texts, active) = (text.texts, frame.active)
            return Vector(Words(rows: frame.rowCount) { active[$0] && set.contains(texts[$0]) })
        }
    }

    /// Integers in a list that is the same for all rows.
    static func integers(inConstant elements: [Int64]) -> @Sendable (Frame, Vector) -> Vector {
        let sorted = elements.sorted()
        return { frame, number in
            let lane = number.ints
            return sorted.withUnsafeBufferPointer { sorted in
                if sorted.count <= 16 {
                    return Vector(
                        Words(rows: frame.rowCount) { row in
                            let value = lane[row]
                            var isFound = false
                            for element in sorted { isFound = isFound || element == value }
                            return isFound
                        })
                }
                return Vector(
                    Words(rows: frame.rowCount) { row in
                        let value = lane[row]
                        var (low, high) = (0, sorted.count)
                        while low < high {
                            let middle = (low + high) / 2
                            if sorted[middle] < value { low = middle + 1 } else { high = middle }
                        }
                        return low < sorted.count && sorted[low] == value
                    })
            }
        }
    }

    /// Any value in a list of its row.
    static func values(_ frame: Frame, _ value: Vector, _ list: Vector) -> Vector {
        guard let lists = list.column.asList else { return Vector(Words(rows: frame.rowCount)) }
        let active = frame.active
        if let elements = lists.elements.asBytes, let column = value.column.asBytes {
            let texts = BytesLane(column, value.isConstant)
            return Vector(
                Words(rows: frame.rowCount) { row in
                    guard active[row] else { return false }
                    let text = texts[row]
                    return lists[list.isConstant ? 0 : row].contains {
                        let element = elements[$0]
                        return element.count == text.count
                            && ComparisonKernels.bytesEqual(element.baseAddress, text.baseAddress, text.count)
                    }
                })
        }
        return Vector(
            Words(rows: frame.rowCount) { row in
                active[row]
                    && lists[list.isConstant ? 0 : row].contains {
                        ComparisonKernels.valuesEqual(value.column, value.isConstant ? 0 : row, lists.elements, $0)
                    }
            })
    }
}

/// A fixed set of byte strings: open addressing over their hashes, never more than half full.
struct TextSet: Sendable {
    private let elements: BytesColumn
    /// Positions in `elements` plus one; zero is free.
    private let slots: [UInt32]
    private let shortest: Int
    private let longest: Int

    init(_ elements: BytesColumn) {
        self.elements = elements
        var capacity = 4
        while capacity < elements.count * 2 { capacity *= 2 }
        var slots = [UInt32](repeating: 0, count: capacity)
        var (shortest, longest) = (Int.max, 0)
        for row in 0..<elements.count {
            let text = elements[row]
            shortest = min(shortest, text.count)
            longest = max(longest, text.count)
            var slot = Int(truncatingIfNeeded: Self.hash(text)) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: row + 1)
        }
        self.slots = slots
        self.shortest = shortest
        self.longest = longest
    }

    func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= shortest, text.count <= longest else { return false }
        var slot = Int(truncatingIfNeeded: Self.hash(text)) & (slots.count - 1)
        while slots[slot] != 0 {
            let element = elements[Int(slots[slot]) - 1]
            if element.count == text.count,
                ComparisonKernels.bytesEqual(element.baseAddress, text.baseAddress, text.count)
            {
                return true
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        Hashing.hash64(UnsafeRawBufferPointer(text))
    }
}
