import Dataflow
import Primitives

/// Sessions that went to disk together and come back together.
final class SessionRun {
    let rows: FilteredRun
    /// The earliest start of a session.
    let first: Int64
    /// The earliest end of one, or the latest time at which those end that it waits for.
    let end: Int64

    init(_ rows: FilteredRun, first: Int64, end: Int64) {
        self.rows = rows
        self.first = first
        self.end = end
    }
}

/// Runs with a filter of all their hashes: there are too many of them to ask one by one.
final class SessionLayer {
    private let filter: HashFilter
    var runs: [SessionRun] = []

    /// - Parameters:
    ///   - count: sessions that will be added.
    ///   - range: between which their hashes lie.
    init(count: Int, range: ClosedRange<UInt64>) {
        filter = HashFilter(count: count, range: range)
    }

    func insert(_ hashes: ArraySlice<UInt64>) {
        for hash in hashes { filter.insert(hash) }
    }

    func mayContain(_ hash: UInt64) -> Bool { filter.mayContain(hash) }

    var memoryFootprint: Int { runs.reduce(filter.memoryFootprint) { $0 + $1.rows.memoryFootprint } }
}
