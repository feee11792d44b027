import Primitives

/// The files and names of a simulated disk: as programs see them, and as they are durable.
struct DiskImage: Sendable {
    struct File: Sendable {
        var bytes: [UInt8] = []
        /// As of the last sync.
        var durable: [UInt8] = []
    }

    /// A change of a name that no sync of the directory has made durable yet.
    struct NameChange: Sendable {
        var path: String
        /// The file that the name then stands for; `nil`: none.
        var file: Int?
        /// A rename is one change of two names: the old one goes with it.
        var removed: String?
    }

    static let page = 4_096

    var random: RandomSource
    var files: [File] = []
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [NameChange] = []
    var locks: Set<String> = []
    var operations: [SimulatedDisk.Operation] = []
    var troubles: [Int: SimulatedDisk.Trouble] = [:]
    /// Counts crashes.
    var life = 0
    private var isDead = false

    init(random: RandomSource) {
        self.random = random
    }

    func checkAlive() throws(Fault) {
        if isDead { throw Fault("disk.dead", "the machine is down", domain: .external) }
    }

    private func fault(_ code: String, _ action: String, _ path: String) -> Fault {
        Fault(code, "cannot \(action) `\(path)`", detail: "simulated", domain: .external)
    }

    mutating func put(_ path: String, _ bytes: [UInt8]?) {
        guard let bytes else {
            names[path] = nil
            durableNames[path] = nil
            return
        }
        files.append(File(bytes: bytes, durable: bytes))
        names[path] = files.count - 1
        durableNames[path] = files.count - 1
    }

    /// Counts an operation and lets it go wrong if it is its turn.
    /// - Parameters:
    ///   - partly: what a full disk or a death in its midst leaves done of it.
    ///   - wholly: the operation.
    private mutating func perform(
        _ action: String, _ path: String, partly: (inout DiskImage) -> Void, wholly: (inout DiskImage) -> Void
    ) throws(Fault) {
        try checkAlive()
        operations.append(.init(action: action, path: path))
        switch troubles.removeValue(forKey: operations.count - 1) {
        case nil: wholly(&self)
        case .full:
            partly(&self)
            throw fault(action.hasPrefix("sync") ? "disk.sync" : "disk.full", action, path)
        case .io:
            partly(&self)
            throw fault(action.hasPrefix("sync") ? "disk.sync" : "disk.failed", action, path)
        case .diesBefore: isDead = true
        case .diesWithin:
            partly(&self)
            isDead = true
        case .diesAfter:
            wholly(&self)
            isDead = true
        }
        try checkAlive()
    }

    mutating func create(_ path: String) throws(Fault) -> Int {
        try perform("create", path, partly: { _ in }) { image in
            // One that is there is cut to nothing; what was durable of it is until the next sync.
            if let file = image.names[path] {
                image.files[file].bytes = []
            } else {
                image.files.append(File())
                image.change(NameChange(path: path, file: image.files.count - 1))
            }
        }
        return names[path] ?? 0
    }

    mutating func rename(_ path: String, to newPath: String) throws(Fault) {
        guard let file = names[path] else { throw fault("disk.missing", "rename", path) }
        try perform("rename", newPath, partly: { _ in }) { image in
            image.change(NameChange(path: newPath, file: file, removed: path))
        }
    }

    mutating func remove(_ path: String) throws(Fault) {
        guard names[path] != nil else { return }
        try perform("remove", path, partly: { _ in }) { image in
            image.change(NameChange(path: path, file: nil))
        }
    }

    mutating func append(_ bytes: [UInt8], to file: Int, _ path: String) throws(Fault) {
        try perform(
            "write", path,
            partly: { image in
                image.files[file].bytes += bytes.prefix(image.random.below(bytes.count + 1))
            }, wholly: { $0.files[file].bytes += bytes })
    }

    mutating func sync(_ file: Int, _ path: String) throws(Fault) {
        try perform(
            "sync", path,
            partly: { image in
                // Some pages have reached the disk; a failed sync marks the others clean, and they are lost.
                image.files[file].durable = image.survivor(image.files[file])
            }, wholly: { $0.files[file].durable = $0.files[file].bytes })
    }

    mutating func syncDirectory(_ directory: String) throws(Fault) {
        let prefix = directory + "/"
        try perform("sync directory", directory, partly: { $0.loseNames() }) { image in
            let synced = image.pendingNames.filter { $0.path.hasPrefix(prefix) }
            for change in synced { image.durableNames.apply(change) }
            image.pendingNames.removeAll { $0.path.hasPrefix(prefix) }
        }
    }

    private mutating func change(_ change: NameChange) {
        names.apply(change)
        pendingNames.append(change)
    }

    /// The process is gone, the machine goes on.
    mutating func restart() {
        locks = []
        life += 1
        isDead = false
    }

    mutating func crash() {
        for index in files.indices {
            let survivor = survivor(files[index])
            files[index] = File(bytes: survivor, durable: survivor)
        }
        loseNames()
        names = durableNames
        pendingNames = []
        restart()
    }

    /// Each change of a name that is not durable yet may have been made or not.
    private mutating func loseNames() {
        // Often a journal keeps their order; that it need not is the harder case.
        let isOrdered = random.below(2) == 0
        let made = isOrdered ? random.below(pendingNames.count + 1) : pendingNames.count
        for (index, change) in pendingNames.enumerated() where index < made && (isOrdered || random.below(2) == 0) {
            durableNames.apply(change)
        }
        pendingNames = []
    }

    /// What is left of a file's bytes: of each page that differs either version, now and then torn.
    private mutating func survivor(_ file: File) -> [UInt8] {
        if file.bytes == file.durable { return file.durable }
        // The length is durable or not by itself.
        let count =
            random.below(3) == 0
            ? file.durable.count
            : random.below(3) == 0
                ? file.durable.count + random.below(max(0, file.bytes.count - file.durable.count) + 1)
                : file.bytes.count
        var result = [UInt8](repeating: 0, count: count)
        for start in stride(from: 0, to: count, by: Self.page) {
            let end = min(start + Self.page, count)
            let choice = random.below(8)
            for index in start..<end {
                let isYoung = choice < 4 || (choice == 7 && index - start < 512)
                let source = isYoung ? file.bytes : file.durable
                result[index] = index < source.count ? source[index] : 0
            }
        }
        return result
    }
}

extension [String: Int] {
    fileprivate mutating func apply(_ change: DiskImage.NameChange) {
        self[change.path] = change.file
        if let removed = change.removed, removed != change.path { self[removed] = nil }
    }
}
