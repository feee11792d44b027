import Columnar
import Dataflow
import Primitives

/// The open sessions of every key, with their aggregates. The sessions of a key lie at least the gap apart.
///
/// What memory has no room for lies on disk. A row does not ask for it: it begins a session anew, a part of the one
/// there, and the two become one when that comes back, as sessions do that grow together.
final class SessionTable {
    /// Beside its key and its states, with the slack of doubling.
    static let bytesPerSession = (MemoryLayout<Session>.stride + MemoryLayout<SessionTimers.Timer>.stride + 16) * 2
    private static let none = UInt32.max
    /// Keys without a session that are kept, so that tables of few keys are not built anew.
    private static let idleKeysMax = 1_024

    struct Session {
        /// In `keys`.
        var key: UInt32
        /// Event times of its first and last row.
        var first: Int64
        var last: Int64
        /// The next session of its key.
        var next: UInt32
        /// Told apart from others that had its number before.
        var generation: UInt32
        var isOpen: Bool
        /// Whether no checkpoint holds it as it is.
        var isUncaptured: Bool
    }

    let plan: SessionPlan
    private(set) var sessions: [Session] = []
    /// A session's number is its group here.
    private(set) var accumulators: [Accumulator]
    private var keys = KeyTable()
    /// The first session of each key.
    private var heads: [UInt32] = []
    private var idleKeys = 0
    private var free: [UInt32] = []
    private var timers = SessionTimers()
    /// Sessions that became part of another since rows were last folded, in this order.
    private var absorbed: [(source: UInt32, target: UInt32)] = []
    /// For checkpoints.
    var changes: SessionCapture
    /// When sessions that have come back were to be shown, where that was another time than it is now.
    var earlierDues: [UInt32: Int64] = [:]
    /// What has gone to disk; `nil`: nothing ever does.
    var spilled: SpilledSessions?
    /// When sessions are shown that are due by now but wait for a part on disk.
    private(set) var deferredDues: [UInt32: Int64] = [:]

    /// - Parameter spills: where sessions go that memory has no room for; `nil`: nowhere.
    init(_ plan: SessionPlan, spills: SpillFolder? = nil) {
        self.plan = plan
        accumulators = plan.makeAccumulators()
        changes = SessionCapture(plan)
        spilled = spills.map { SpilledSessions(plan, $0) }
    }

    var openCount: Int { sessions.count - free.count }

    /// Forgets all that is in memory.
    func removeAll() {
        (sessions, heads, free, idleKeys) = ([], [], [], 0)
        keys = KeyTable()
        accumulators = plan.makeAccumulators()
        timers = SessionTimers()
        deferredDues = [:]
    }

    /// When its window starts and ends.
    func window(_ session: UInt32) -> (start: Int64, end: Int64) {
        (sessions[Int(session)].first, sessions[Int(session)].last + plan.gap)
    }

    func key(_ session: UInt32) -> UnsafeRawBufferPointer { keys.key(Int(sessions[Int(session)].key)) }
    func hash(_ session: UInt32) -> UInt64 { keys.hash(Int(sessions[Int(session)].key)) }

    // MARK: Rows

    /// The session that a row belongs to, made if there is none. `settle` must follow before states are read.
    func place(_ key: UnsafeRawBufferPointer, hash: UInt64, at time: Int64) -> UInt32 {
        place(key, hash: hash, from: time, through: time)
    }

    /// The session of a stretch of rows that are less than the gap apart.
    func place(_ key: UnsafeRawBufferPointer, hash: UInt64, from first: Int64, through last: Int64) -> UInt32 {
        let (index, isNew) = keys.insert(key, hash: hash)
        if isNew {
            heads.append(Self.none)
            idleKeys += 1
        }
        var found = Self.none
        var position = heads[index]
        while position != Self.none {
            let session = sessions[Int(position)]
            if first - session.last < plan.gap && session.first - last < plan.gap {
                if found == Self.none {
                    found = position
                } else {
                    // The row lies between two: they are one.
                    extend(found, from: session.first, through: session.last)
                    unlink(position)
                    absorbed.append((source: position, target: found))
                }
            }
            position = session.next
        }
        if found == Self.none { return open(UInt32(truncatingIfNeeded: index), first, last) }
        extend(found, from: first, through: last)
        return found
    }

    private func open(_ key: UInt32, _ first: Int64, _ last: Int64) -> UInt32 {
        let next = heads[Int(key)]
        if next == Self.none { idleKeys -= 1 }
        let number: UInt32
        if let reused = free.popLast() {
            number = reused
            let generation = sessions[Int(number)].generation
            sessions[Int(number)] = Session(
                key: key, first: first, last: last, next: next, generation: generation, isOpen: true,
                isUncaptured: false)
        } else {
            number = UInt32(truncatingIfNeeded: sessions.count)
            sessions.append(
                Session(
                    key: key, first: first, last: last, next: next, generation: 0, isOpen: true, isUncaptured: false))
        }
        heads[Int(key)] = number
        timers.set(SessionTimers.Timer(due: due(number), session: number, generation: sessions[Int(number)].generation))
        changes.count(first, 1)
        markUncaptured(number)
        return number
    }

    private func extend(_ number: UInt32, from first: Int64, through last: Int64) {
        let session = sessions[Int(number)]
        if first < session.first {
            changes.count(session.first, -1)
            changes.count(first, 1)
            sessions[Int(number)].first = first
        }
        if last > session.last { sessions[Int(number)].last = last }
        markUncaptured(number)
    }

    private func markUncaptured(_ number: UInt32) {
        guard !sessions[Int(number)].isUncaptured else { return }
        sessions[Int(number)].isUncaptured = true
        changes.note(number)
    }

    func markCaptured(_ number: UInt32) { sessions[Int(number)].isUncaptured = false }

    /// Joins the states of sessions that have become one, and gives the rows placed in one of them to the whole.
    func settle(_ groups: inout [UInt32]) {
        for accumulator in accumulators { accumulator.resize(sessions.count) }
        guard !absorbed.isEmpty else { return }
        var targets: [UInt32: UInt32] = [:]
        for (source, target) in absorbed {
            targets[source] = target
            for (accumulator, function) in zip(accumulators, plan.functions) {
                accumulator.absorb(Int(source), into: Int(target), function.stateTypes)
            }
        }
        for index in groups.indices {
            while let target = targets[groups[index]] { groups[index] = target }
        }
        for (source, _) in absorbed { release(source) }
        absorbed.removeAll(keepingCapacity: true)
    }

    /// Takes a session back that was captured; `nil` if it is an earlier state of one that has come back. One that is
    /// an earlier state of this gives way.
    func takeBack(_ key: UnsafeRawBufferPointer, hash: UInt64, from first: Int64, through last: Int64) -> UInt32? {
        // Sessions of a key only grow: of two that touch, the larger is the later.
        var outdated: [UInt32] = []
        if let index = keys.find(key, hash: hash) {
            var position = heads[index]
            while position != Self.none {
                let session = sessions[Int(position)]
                if session.first <= first && last <= session.last { return nil }
                if first - session.last < plan.gap && session.first - last < plan.gap { outdated.append(position) }
                position = session.next
            }
        }
        for number in outdated { discard(number) }
        let number = place(key, hash: hash, from: first, through: last)
        markCaptured(number)
        return number
    }

    /// Forgets a session that has come back.
    func discard(_ number: UInt32) {
        for accumulator in accumulators { accumulator.resize(sessions.count) }
        remove(number)
    }

    // MARK: Ends

    func due(_ number: UInt32) -> Int64 { sessions[Int(number)].last + plan.gap + plan.lateness }

    /// When a session is shown, for all that is known.
    func shown(_ number: UInt32) -> Int64 {
        deferredDues.isEmpty ? due(number) : max(due(number), deferredDues[number] ?? .min)
    }

    /// A session is due but waits for a part on disk, until that comes back.
    func postpone(_ number: UInt32, to due: Int64) {
        deferredDues[number] = due
        timers.set(SessionTimers.Timer(due: due, session: number, generation: sessions[Int(number)].generation))
        // A checkpoint must not take it for one that has been shown.
        markUncaptured(number)
    }

    /// A session waits that has come back.
    func rememberPostponed(_ number: UInt32, to due: Int64) { deferredDues[number] = due }

    /// The sessions in memory that no row can reach any more, in the order of their ends. Each is to be removed, or
    /// postponed.
    func closed(at watermark: EventTime) -> [UInt32] {
        var closed: [UInt32] = []
        while let timer = timers.next(by: watermark) {
            let session = sessions[Int(timer.session)]
            guard session.isOpen, session.generation == timer.generation else { continue }
            let due = due(timer.session)
            if due <= watermark.microseconds {
                closed.append(timer.session)
            } else {
                timers.set(SessionTimers.Timer(due: due, session: timer.session, generation: timer.generation))
            }
        }
        return closed
    }

    func remove(_ number: UInt32) {
        unlink(number)
        release(number)
        dropIdleKeys()
    }

    /// Takes a session from its key.
    private func unlink(_ number: UInt32) {
        let session = sessions[Int(number)]
        var position = heads[Int(session.key)]
        if position == number {
            heads[Int(session.key)] = session.next
            if session.next == Self.none { idleKeys += 1 }
        } else {
            while sessions[Int(position)].next != number { position = sessions[Int(position)].next }
            sessions[Int(position)].next = session.next
        }
        changes.count(session.first, -1)
        sessions[Int(number)].isOpen = false
    }

    /// Makes a session's number free for another.
    private func release(_ number: UInt32) {
        for accumulator in accumulators { accumulator.clear(Int(number)) }
        sessions[Int(number)].generation &+= 1
        free.append(number)
        if !deferredDues.isEmpty { deferredDues[number] = nil }
    }

    private func dropIdleKeys() {
        guard idleKeys > Self.idleKeysMax, idleKeys * 2 > keys.count else { return }
        var kept = KeyTable(capacity: keys.count - idleKeys)
        var keptHeads: [UInt32] = []
        for index in heads.indices where heads[index] != Self.none {
            let (moved, _) = kept.insert(keys.key(index), hash: keys.hash(index))
            var position = heads[index]
            while position != Self.none {
                sessions[Int(position)].key = UInt32(truncatingIfNeeded: moved)
                position = sessions[Int(position)].next
            }
            keptHeads.append(heads[index])
        }
        keys = kept
        heads = keptHeads
        idleKeys = 0
    }

    /// What sessions in memory take.
    var memoryFootprint: Int {
        let lists = sessions.capacity * MemoryLayout<Session>.stride + (heads.capacity + free.capacity) * 4
        return accumulators.reduce(keys.memoryFootprint + lists + timers.memoryFootprint) { $0 + $1.memoryFootprint }
    }
}
