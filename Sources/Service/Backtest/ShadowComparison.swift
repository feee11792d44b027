/// What two configurations make of the same input.
package struct ShadowComparison: Sendable {
    /// A firing, and who fired.
    package struct Entry: Sendable, Hashable {
        package var firing: Firing
        package var side: Side
    }

    /// Who fired.
    package enum Side: String, Sendable {
        case both
        case first
        case second
    }

    /// In the order of event time; where both fired, as the first did.
    package private(set) var entries: [Entry] = []

    /// - Parameter within: microseconds by which two firings of one key may lie apart and still be the same.
    package init(_ first: [Firing], _ second: [Firing], within: Int64) {
        var rest = second
        for firing in first {
            let partner = rest.indices.filter { index in
                rest[index].key == firing.key && abs(rest[index].at - firing.at) <= within
            }.min { abs(rest[$0].at - firing.at) < abs(rest[$1].at - firing.at) }
            entries.append(Entry(firing: firing, side: partner == nil ? .first : .both))
            if let partner { rest.remove(at: partner) }
        }
        entries += rest.map { Entry(firing: $0, side: .second) }
        entries.sort { Firing.isBefore($0.firing, $1.firing) }
    }

    /// How many firings are on a side.
    package func count(_ side: Side) -> Int { entries.count { $0.side == side } }
}
