import Dataflow
import Primitives

/// Makes one run of several small ones, so that a look-up does not ask many filters and keys pack well.
enum SeenRunMerger {
    /// Runs that a bucket may have before small ones are merged.
    private static let runsMax = 8
    /// Keys of a merged run: its file, 40 MB, is put together in memory.
    private static let keysMax = DedupeJudge.tableKeysMax

    /// The smallest of a bucket's runs that are worth merging; empty if there are not enough.
    static func due(_ runs: [SeenRun]) -> [SeenRun] {
        guard runs.count > runsMax else { return [] }
        var keys = 0
        let due = runs.sorted { $0.keyCount < $1.keyCount }.prefix { run in
            keys += run.keyCount
            return keys <= keysMax
        }
        return due.count > runsMax / 2 ? Array(due) : []
    }

    /// - Parameter runs: at least one.
    static func merge(
        _ runs: [SeenRun], _ horizon: DedupeHorizon, in folder: SpillFolder
    ) throws(Fault) -> SeenRun {
        let least = runs.map(\.range.lowerBound).min() ?? 0
        let greatest = runs.map(\.range.upperBound).max() ?? 0
        var builder = SeenRunBuilder(
            horizon, keyCount: runs.reduce(0) { $0 + $1.keyCount }, range: least...greatest)
        var cursors = runs.map(\.cursor)
        var heads: [SeenKey?] = []
        for index in cursors.indices { heads.append(try cursors[index].next()) }
        var page: [SeenKey] = []
        page.reserveCapacity(SeenRunFormat.keysPerPage)
        while true {
            var next = -1
            var hash = UInt64.max
            for (index, head) in heads.enumerated() {
                if let head, next < 0 || head.hash < hash { (next, hash) = (index, head.hash) }
            }
            if next >= 0, let key = heads[next] {
                page.append(key)
                heads[next] = try cursors[next].next()
            }
            if page.count == SeenRunFormat.keysPerPage || next < 0 && !page.isEmpty {
                page.withUnsafeBufferPointer { builder.append($0) }
                page.removeAll(keepingCapacity: true)
            }
            if next < 0 { break }
        }
        return try builder.finish(in: folder)
    }
}
