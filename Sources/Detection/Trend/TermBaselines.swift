package import Primitives

/// What is usual of each of many terms: exactly for as many as there is room for, hashed for the rest.
///
/// Where there is no room the quarter with the least levels goes over into `HashedLevels`. 32 bytes a term.
package struct TermBaselines: Sendable {
    /// What is known of a term.
    package struct Term: HashSlot {
        package var hash: UInt64
        /// The event time of its first mention.
        package var first: Int64
        package var level: BurstLevel
        var isChanged: Bool

        package static let free = Term(hash: 0, first: 0, level: BurstLevel(), isChanged: false)
    }

    package let rate: ForgettingRate
    private var table: HashSlots<Term>
    package private(set) var hashed: HashedLevels
    /// Whether terms have gone over since this was last cleared.
    private var hasRemoved = false

    /// - Parameter capacity: terms whose level is kept by itself.
    package init(capacity: Int, rate: ForgettingRate) {
        self.rate = rate
        table = HashSlots(capacity: capacity, multiplier: 0x9E37_79B9_7F4A_7C15)
        hashed = HashedLevels(width: Self.width(capacity))
    }

    package var count: Int { table.count }

    /// What is usual of a term at a window, of which it knows nothing yet.
    package func level(_ hash: UInt64, before window: UInt32) -> BurstLevel {
        let hash = HashSlots<Term>.key(hash)
        let known = table[table.place(hash)]
        // The window before is the last that counts; before the first there is none.
        let last = window == 0 ? 0 : window - 1
        if known.hash == hash { return known.level.idle(until: last, rate) }
        return hashed.level(hash, at: last, rate)
    }

    /// When a term was first mentioned; `nil` if it has no level of its own.
    func first(_ hash: UInt64) -> Int64? {
        let hash = HashSlots<Term>.key(hash)
        let known = table[table.place(hash)]
        return known.hash == hash ? known.first : nil
    }

    /// Takes a term's count in a window; the windows of a term come in order.
    /// - Returns: what was usual before, and when the term was first mentioned.
    package mutating func insert(
        _ hash: UInt64, count: UInt32, first: Int64, window: UInt32
    ) -> (usual: BurstLevel, first: Int64) {
        let hash = HashSlots<Term>.key(hash)
        let usual = level(hash, before: window)
        var place = table.place(hash)
        if table[place].hash != hash {
            if table.isFull { removeLeast(window) }
            place = table.insert(Term(hash: hash, first: first, level: usual, isChanged: true))
        }
        let earliest = min(first, table[place].first)
        table[place].first = earliest
        table[place].level = usual
        table[place].level.insert(Double(count), window: window, rate)
        table[place].isChanged = true
        return (usual, earliest)
    }

    /// Takes the counts of a window for terms that `insert` has not been told of.
    /// - Parameter count: zero where it is not known to have come.
    mutating func insertOthers(window: UInt32, count: (UInt64) -> UInt32) {
        guard window > 0 else { return }
        for place in table.slots.indices where table[place].hash != 0 && table[place].level.window < window {
            let mentions = count(table[place].hash)
            guard mentions > 0 else { continue }
            table[place].level = table[place].level.idle(until: window - 1, rate)
            table[place].level.insert(Double(mentions), window: window, rate)
            table[place].isChanged = true
        }
    }

    package var memoryFootprint: Int { table.memoryFootprint + hashed.memoryFootprint }

    /// The most bytes for so many terms.
    package static func bytes(_ capacity: Int) -> Int {
        HashSlots<Term>.bytes(capacity) + HashedLevels.rows * width(capacity) * MemoryLayout<BurstLevel>.stride
    }

    private static func width(_ capacity: Int) -> Int { max(256, capacity / 8) }

    private mutating func removeLeast(_ window: UInt32) {
        let rate = rate
        func weight(_ term: Term) -> Float {
            let level = term.level.idle(until: window, rate)
            return max(level.mean, level.variance)
        }
        var weights: [Float] = []
        weights.reserveCapacity(table.count)
        for term in table.slots where term.hash != 0 { weights.append(weight(term)) }
        weights.sort()
        let limit = weights[max(0, table.capacity / 4 - 1)]
        for places in table.order {
            for place in places where table[place].hash != 0 && weight(table[place]) <= limit {
                hashed.insert(table[place].hash, table[place].level, rate)
            }
        }
        table.removeAll { weight($0) <= limit }
        hasRemoved = true
    }

    // MARK: storage

    /// Hands over the terms that have changed since the last call.
    package mutating func takeChanges(all: Bool, _ body: (Term) -> Void) {
        for place in table.slots.indices where table[place].hash != 0 && (all || table[place].isChanged) {
            body(table[place])
            table[place].isChanged = false
        }
    }

    /// Whether terms have gone over into the hashed levels since the last call.
    package mutating func takeRemoval() -> Bool {
        defer { hasRemoved = false }
        return hasRemoved
    }

    /// Takes a term back, unless it is there.
    package mutating func restore(_ hash: UInt64, first: Int64, _ level: BurstLevel) {
        if table.count == 0 { table.growFully() }
        guard hash != 0, !table.isFull, table[table.place(hash)].hash != hash else { return }
        _ = table.insert(Term(hash: hash, first: first, level: level, isChanged: false))
    }

    /// Takes a piece of the hashed levels back.
    package mutating func restoreHashed(_ bytes: [UInt8], piece: Int) throws(Fault) {
        try hashed.restore(bytes, piece: piece)
    }
}
