package import Primitives
import Synchronization

/// Where state goes that memory has no room for: files in a folder that are written once, never changed, and read in
/// parts.
///
/// A checkpoint names the files that its state needs. What no checkpoint needs any more is removed, so a file outlives
/// its last use by as many checkpoints as are kept.
package final class SpillFolder: Sendable {
    private static let suffix = ".spill"

    private struct State {
        var nextNumber: Int64
        /// How often each file is in use, and its length.
        var files: [String: (uses: Int, byteCount: Int)] = [:]
        /// Files that nobody uses any more, and after which commit they go.
        var retired: [(name: String, commit: Int64)] = []
        /// Files of an earlier run that this one has not opened.
        var found: Set<String>
        var commits: Int64 = 0
    }

    /// The folder within a state folder.
    package static func directory(in stateDirectory: String) -> String { stateDirectory + "/spilled" }

    private let disk: any Disk
    private let directory: String
    /// Checkpoints that a recovery may go back to; zero in a run without.
    private let checkpointsKept: Int64
    /// Rows of a bucket below which it takes no less memory on disk.
    package let bucketRowsMin: Int
    /// Bytes that the state folder may take, and what it takes beside this one; `nil`: any number.
    private let budget: (bytes: Int64, others: @Sendable () -> Int64)?
    private let state: Mutex<State>

    /// Makes the folder if need be.
    /// - Parameters:
    ///   - directory: within the disk.
    ///   - checkpointsKept: checkpoints that a recovery may go back to; zero in a run without.
    ///   - goesOn: whether the run starts from a checkpoint; else what is there is removed.
    ///   - bucketRowsMin: rows of a bucket below which it takes no less memory on disk.
    ///   - budget: bytes that the state folder may take, and what it takes beside this one; `nil`: any number.
    package init(
        disk: any Disk, directory: String, checkpointsKept: Int, goesOn: Bool, bucketRowsMin: Int = 256,
        budget: (bytes: Int64, others: @Sendable () -> Int64)? = nil
    ) throws(Fault) {
        self.budget = budget
        self.bucketRowsMin = bucketRowsMin
        self.disk = disk
        self.directory = directory
        self.checkpointsKept = Int64(checkpointsKept)
        try disk.makeDirectory(directory)
        var found: Set<String> = []
        var last: Int64 = 0
        for name in try disk.list(directory) where name.hasSuffix(Self.suffix) {
            last = max(last, Int64(name.dropLast(Self.suffix.count)) ?? 0)
            if goesOn { found.insert(name) } else { try disk.remove("\(directory)/\(name)") }
        }
        state = Mutex(State(nextNumber: last + 1, found: found))
    }

    /// Writes a file and begins to use it. It is durable, under a name that no file has had before, once this returns.
    package func create(_ parts: [[UInt8]]) throws(Fault) -> SpillFile {
        let byteCount = parts.reduce(0) { $0 + $1.count }
        try checkBudget(adding: Int64(byteCount))
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber - 1
        }
        let name = "\(number)\(Self.suffix)"
        try disk.write("\(directory)/\(name)", parts)
        try disk.syncDirectory(directory)
        state.withLock { $0.files[name] = (1, byteCount) }
        return SpillFile(name: name, path: "\(directory)/\(name)", byteCount: byteCount, disk: disk)
    }

    /// Begins to use a file that this run or an earlier one has written.
    package func open(_ name: String) throws(Fault) -> SpillFile {
        guard name.hasSuffix(Self.suffix), !name.contains("/") else {
            throw Fault("state.foreign", "`\(name)` is no file of spilled state", domain: .external)
        }
        let byteCount = Int(clamping: try disk.size("\(directory)/\(name)"))
        state.withLock { state in
            state.found.remove(name)
            state.retired.removeAll { $0.name == name }
            state.files[name] = ((state.files[name]?.uses ?? 0) + 1, byteCount)
        }
        return SpillFile(name: name, path: "\(directory)/\(name)", byteCount: byteCount, disk: disk)
    }

    /// Ends one use of a file.
    package func retire(_ name: String) {
        state.withLock { state in
            guard let file = state.files[name] else { return }
            state.files[name] = (file.uses - 1, file.byteCount)
            // A checkpoint that is being written may still name the file; the next one does not.
            if file.uses == 1 { state.retired.append((name, state.commits + 1 + checkpointsKept)) }
        }
        if checkpointsKept == 0 { removeRetired() }
    }

    /// A checkpoint has become durable: what no checkpoint needs any more goes.
    package func committed() {
        state.withLock { state in
            state.commits += 1
            // Whatever the run starts from, its operators have opened.
            for name in state.found { state.retired.append((name, state.commits)) }
            state.found = []
        }
        removeRetired()
    }

    /// Bytes on disk that are in use or wait to be removed.
    package var byteCount: Int64 {
        state.withLock { $0.files.values.reduce(0) { $0 + Int64($1.byteCount) } }
    }

    private func checkBudget(adding bytes: Int64) throws(Fault) {
        guard let budget else { return }
        let needed = byteCount + budget.others() + bytes
        if needed > budget.bytes { throw Fault.diskBudget(needed, of: budget.bytes) }
    }

    private func removeRetired() {
        let due = state.withLock { state in
            let due = state.retired.filter { checkpointsKept == 0 || $0.commit <= state.commits }.map(\.name)
            state.retired.removeAll { due.contains($0.name) }
            for name in due { state.files[name] = nil }
            return due
        }
        // A file that stays is found by the next run.
        for name in due { try? disk.remove("\(directory)/\(name)") }
    }
}

/// A file of spilled state. May be read from any thread.
package struct SpillFile: Sendable {
    package let name: String
    package let byteCount: Int
    private let path: String
    private let disk: any Disk

    fileprivate init(name: String, path: String, byteCount: Int, disk: any Disk) {
        self.name = name
        self.path = path
        self.byteCount = byteCount
        self.disk = disk
    }

    package func read(at offset: Int, count: Int) throws(Fault) -> [UInt8] {
        try disk.read(path, offset: Int64(offset), count: count)
    }

    /// What to throw where its bytes are not those that were written.
    package var damage: Fault {
        Fault(
            "state.unreadable", "`\(path)` is damaged",
            hint:
                "run again: unless the newest checkpoint needs the file, the run goes on from there; else restore the "
                + "folder from a copy, or name an empty one with --state to read the input again",
            domain: .external)
    }
}

extension Fault {
    /// A state folder would need more bytes than the pipeline file allows.
    static func diskBudget(_ needed: Int64, of budget: Int64, largest: (name: String, bytes: Int64)? = nil) -> Fault {
        Fault(
            "state.disk_budget", "the state does not fit the disk that the file allows",
            detail: "\(needed) of \(budget) bytes"
                + (largest.map { "; `\($0.name)` holds most, \($0.bytes)" } ?? ""),
            hint: "set `resources.disk` to more, or let the operator keep less", domain: .user)
    }
}
