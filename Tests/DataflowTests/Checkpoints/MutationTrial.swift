import Columnar
import Primitives

@testable import Dataflow

/// Damages the files of a small state folder in every way and sees what opening makes of it: the newest checkpoint
/// exactly, an earlier one exactly, or a refusal. Anything else is silently wrong.
struct MutationTrial {
    enum Outcome: String, CaseIterable {
        case exact
        /// An earlier checkpoint was taken, exactly as it was.
        case before
        case refused
        case silentlyWrong
    }

    private let disk: SimulatedDisk
    private let newest: StoreModel.Expectation
    private let earlier: [StoreModel.Expectation]
    private let keyColumns: Int
    /// Every file that there has been.
    private let old: [(path: String, bytes: [UInt8])]

    /// - Parameters:
    ///   - commits: how many there have been.
    ///   - rowsMost: how many rows a change has, fewer than.
    init(seed: UInt64, commits: Int = 9, rowsMost: Int = 12) throws {
        disk = SimulatedDisk(seed: seed)
        var model = StoreModel(seed: seed)
        keyColumns = model.keyColumns
        let store = try Self.store(disk)
        _ = try store.open(report: { _ in })
        var earlier: [StoreModel.Expectation] = []
        var old: [String: [UInt8]] = [:]
        for _ in 1..<commits {
            try store.commit(model.next(rowsMost: rowsMost))
            earlier.append(model.expectation)
            try store.maintain()
            for path in disk.paths { old[path] = disk.contents(path) }
        }
        self.earlier = earlier
        self.old = old.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        try store.commit(model.next(rowsMost: rowsMost))
        store.close()
        newest = model.expectation
    }

    private static func store(_ disk: SimulatedDisk) throws(Fault) -> LocalCheckpointStore {
        try LocalCheckpointStore(disk: disk, directory: "state", pipeline: StoreModel.pipeline, diskBudget: nil)
    }

    /// Files and their lengths: what can be damaged.
    var files: [(path: String, count: Int)] {
        disk.paths.map { (path: $0, count: disk.contents($0)?.count ?? 0) }
    }

    /// Opens the folder with a file's bytes replaced; `nil` removes it.
    func outcome(_ path: String, _ bytes: [UInt8]?) -> Outcome { outcome([(path, bytes)]) }

    /// Opens the folder with several files' bytes replaced.
    func outcome(_ changes: [(path: String, bytes: [UInt8]?)]) -> Outcome {
        let damaged = disk.copy(seed: 1)
        for change in changes { damaged.put(change.path, change.bytes) }
        do throws(Fault) {
            let store = try Self.store(damaged)
            let read = try StoreReading.read(store, keyColumns: keyColumns, groups: [0..<KeyGroup.count])
            if read == newest { return .exact }
            return earlier.contains { $0 == read } ? .before : .silentlyWrong
        } catch {
            return .refused
        }
    }

    /// A byte with a bit flipped.
    func flipped(_ path: String, at place: Int) -> Outcome {
        guard var bytes = disk.contents(path) else { return .refused }
        bytes[place] ^= 1 << UInt8(place % 8)
        return outcome(path, bytes)
    }

    /// A file cut off.
    func truncated(_ path: String, to count: Int) -> Outcome {
        outcome(path, disk.contents(path).map { Array($0.prefix(count)) })
    }

    /// One random damage: flipped bits, a zeroed page, foreign bytes, a cut, a tail, files swapped, gone, or replaced
    /// by old ones.
    func mutated(_ random: inout RandomSource) -> Outcome {
        let files = files
        let (path, _) = files[random.below(files.count)]
        guard var bytes = disk.contents(path) else { return .refused }
        switch random.below(10) {
        case 0: return outcome(path, nil)
        case 1: return outcome(path, Array(bytes.prefix(random.below(bytes.count + 1))))
        case 2:
            return outcome(path, bytes + (0...random.below(20)).map(UInt8.init))
        case 3:
            let (other, _) = files[random.below(files.count)]
            return outcome([(path, disk.contents(other)), (other, bytes)])
        case 4: return outcome(path, old[random.below(old.count)].bytes)
        case 5:
            // What was removed is back, and another file is gone.
            let back = old[random.below(old.count)]
            return outcome([(back.path, back.bytes), (path, nil)])
        case _ where bytes.isEmpty: bytes = [UInt8(truncatingIfNeeded: random.next())]
        case 6:
            let start = random.below(bytes.count + 1)
            for index in start..<min(bytes.count, start + 512) { bytes[index] = 0 }
        case 7:
            for _ in 0...random.below(8) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
        default: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        }
        return outcome(path, bytes)
    }
}
