package import Primitives

/// How often each term came in one window: exactly, as long as there are no more different terms than counters, and
/// nearly so for several times as many.
///
/// With one more the rarest give up their counters, at least a quarter of all, as in lossy counting (Manku and
/// Motwani, "Approximate frequency counts over data streams", 2002): SpaceSaving in batches, with no search for the
/// least counter at each new term. What they had counted is kept in a few bits and given back when they return. A count
/// is too low by at most `missed`. 24 bytes a counter and four times four for those that lost theirs.
package struct TermCounter: Sendable {
    /// A term of the window.
    package struct Term: HashSlot {
        package var hash: UInt64
        /// The event time of its first mention.
        package var first: Int64
        package var count: UInt32
        private var bits: UInt32

        init(hash: UInt64, first: Int64, count: UInt32, isChanged: Bool) {
            self.hash = hash
            self.first = first
            self.count = count
            bits = isChanged ? .max : .max >> 1
        }

        /// A number of the owner's, of 31 bits; `none` at first.
        package var record: UInt32 {
            get { bits & .max >> 1 }
            set { bits = newValue | bits & 1 << 31 }
        }
        /// Whether something was counted since this was last cleared.
        package var isChanged: Bool {
            get { bits >> 31 != 0 }
            set { bits = bits & .max >> 1 | (newValue ? 1 << 31 : 0) }
        }

        package static let none = UInt32.max >> 1
        package static let free = Term(hash: 0, first: 0, count: 0, isChanged: false)
    }

    private var table: HashSlots<Term>
    private var losers: CompactCounts
    /// What a count may lack.
    package private(set) var missed: UInt32 = 0
    /// Mentions, of whatever term.
    package private(set) var mentions: Int64 = 0
    private var hasRemoved = false
    /// The records of terms that have lost their counter, until they are taken.
    private var orphans: [UInt32] = []

    /// - Parameter capacity: different terms counted at once.
    package init(capacity: Int) {
        table = HashSlots(capacity: capacity)
        losers = CompactCounts(capacity: Self.losersPerCounter * capacity)
    }

    package var count: Int { table.count }

    /// Counts a term.
    /// - Parameter hash: a good 64-bit hash, which stands for the term.
    /// - Returns: where the term stands, until the next insertion.
    package mutating func insert(_ hash: UInt64, count: UInt32, first: Int64) -> Int {
        let hash = HashSlots<Term>.key(hash)
        mentions += Int64(count)
        let place = table.place(hash)
        if table[place].hash == hash {
            let (sum, overflow) = table[place].count.addingReportingOverflow(count)
            table[place].count = overflow ? .max : sum
            if first < table[place].first { table[place].first = first }
            table[place].isChanged = true
            return place
        }
        if table.isFull { removeRarest() }
        let earlier = losers.isEmpty ? 0 : losers.take(hash)
        return table.insert(Term(hash: hash, first: first, count: count &+ earlier, isChanged: true))
    }

    package subscript(place: Int) -> Term { table[place] }

    /// Gives a term the owner's number of it.
    package mutating func setRecord(_ record: UInt32, at place: Int) {
        table[place].record = record
    }

    /// Whether rare terms have gone since this was last asked.
    package mutating func takeRemoval() -> Bool {
        defer { hasRemoved = false }
        return hasRemoved
    }

    /// Whether some term has lost its counter.
    package var hasLosers: Bool { !losers.isEmpty }

    /// What a term had counted that has lost its counter and not come back.
    package func countOfLoser(_ hash: UInt64) -> UInt32 { losers[HashSlots<Term>.key(hash)] }

    /// Where a term stands that is counted.
    package func place(_ hash: UInt64) -> Int? {
        let hash = HashSlots<Term>.key(hash)
        let place = table.place(hash)
        return table[place].hash == hash ? place : nil
    }

    /// Hands over the terms that have changed since the last call.
    package mutating func takeChanges(all: Bool, _ body: (Term) -> Void) {
        for place in table.slots.indices where table[place].hash != 0 && (all || table[place].isChanged) {
            body(table[place])
            table[place].isChanged = false
        }
    }

    /// Takes back a term that was counted before, unless it is there.
    package mutating func restore(_ hash: UInt64, count: UInt32, first: Int64) -> Int? {
        if table.count == 0 { table.growFully() }
        guard !table.isFull, table[table.place(hash)].hash != hash, hash != 0 else { return nil }
        mentions += Int64(count)
        return table.insert(Term(hash: hash, first: first, count: count, isChanged: false))
    }

    /// Hands over what the terms without a counter had counted, in pieces: those that have changed since the last call.
    package mutating func takeLosers(all: Bool, _ body: (_ piece: Int, [UInt8]) -> Void) {
        losers.takeChanges(all: all, body)
    }

    /// Takes a piece of that back.
    package mutating func restoreLosers(_ bytes: [UInt8], piece: Int) throws(Fault) {
        try losers.restore(bytes, piece: piece)
    }

    /// For how many terms without a counter there is room.
    package var losersMax: Int { losers.capacity }

    /// Each term, in an order that the terms alone decide.
    package func forEach(_ body: (Term) -> Void) {
        for places in table.order {
            for place in places where table[place].hash != 0 { body(table[place]) }
        }
    }

    package var hasOrphans: Bool { !orphans.isEmpty }

    /// The orphans since the last call.
    package mutating func takeOrphans() -> [UInt32] {
        defer { orphans = [] }
        return orphans
    }

    package var memoryFootprint: Int { table.memoryFootprint + losers.memoryFootprint }
    /// The most bytes that so many counters take.
    package static func bytes(_ capacity: Int) -> Int {
        HashSlots<Term>.bytes(capacity) + CompactCounts.bytes(losersPerCounter * capacity)
    }

    private static let losersPerCounter = 4

    private mutating func removeRarest() {
        var histogram = [Int](repeating: 0, count: 256)
        for term in table.slots where term.hash != 0 { histogram[Int(min(term.count, 255))] += 1 }
        // Above the histogram all that is left is counted the hard way.
        var (limit, found) = (UInt32(0), 0)
        while limit < 254, found < max(1, table.capacity / 4) {
            limit += 1
            found += histogram[Int(limit)]
        }
        if found < max(1, table.capacity / 4) {
            let counts = table.slots.lazy.filter { $0.hash != 0 }.map(\.count).sorted()
            limit = counts[max(0, table.capacity / 4 - 1)]
        }
        var lost: UInt32 = 0
        for places in table.order {
            for place in places where table[place].hash != 0 && table[place].count <= limit {
                if table[place].record != Term.none { orphans.append(table[place].record) }
                lost = max(lost, losers.insert(table[place].hash, count: table[place].count))
            }
        }
        table.removeAll { $0.count <= limit }
        missed += lost
        hasRemoved = true
    }
}
