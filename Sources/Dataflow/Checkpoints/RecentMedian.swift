/// The middle one of the last five values: one that the machine delayed does not count for much.
struct RecentMedian {
    private static let kept = 5
    private var values: [Int64] = []

    /// 0 before the first value.
    var value: Int64 {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    mutating func add(_ value: Int64) {
        if values.count == Self.kept { values.removeFirst() }
        values.append(value)
    }
}
