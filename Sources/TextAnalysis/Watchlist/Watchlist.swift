/// Names to watch for: brands, each with its aliases.
///
/// An alias is found whatever its case (simple case folding of all scripts), where no letter, digit or underscore of
/// any script stands directly before or behind it. Of aliases that overlap the one that begins first counts, of those
/// that begin together the longest. Since an alias begins only where a word does, each place is tried by itself, which
/// a filter spares nearly all; the time is at most the text's length times the longest alias. Immutable, and shared by
/// threads.
package struct Watchlist: Sendable {
    /// Each brand once, in the order of the entries.
    package let brands: [String]
    /// Different aliases, cases folded.
    package let aliasCount: Int
    let trie: AliasTrie
    let filter: FirstWordFilter
    let table = CharacterTable.shared

    /// - Parameter entries: an alias and its brand each. Blanks around an alias do not count, an alias of nothing else
    ///   is left out; of two brands with the same alias the first has it.
    package init(_ entries: [(brand: String, alias: String)]) {
        var brands: [String] = []
        var numbers: [String: Int32] = [:]
        var keys: [(bytes: [UInt8], value: Int32)] = []
        keys.reserveCapacity(entries.count)
        let table = CharacterTable.shared
        for entry in entries {
            let number: Int32
            if let known = numbers[entry.brand] {
                number = known
            } else {
                number = Int32(truncatingIfNeeded: brands.count)
                numbers[entry.brand] = number
                brands.append(entry.brand)
            }
            let folded = Self.fold(entry.alias, table)
            let key = folded.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }
            if !key.isEmpty { keys.append((key.reversed(), number)) }
        }
        let order = Self.order(keys)
        var sorted: [(bytes: [UInt8], value: Int32)] = []
        sorted.reserveCapacity(keys.count)
        for index in order where sorted.last?.bytes != keys[index].bytes { sorted.append(keys[index]) }
        self.brands = brands
        aliasCount = sorted.count
        trie = AliasTrie(sorted)
        filter = FirstWordFilter(sorted, table)
    }

    /// Bytes of memory that its automaton takes.
    package var memoryFootprint: Int { trie.memoryFootprint + filter.memoryFootprint }

    private static func fold(_ alias: String, _ table: CharacterTable) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in alias.unicodeScalars { FoldedCharacter(table.fold(scalar.value)).append(to: &bytes) }
        return bytes
    }

    /// The positions of the keys in ascending order of their bytes, then of themselves.
    private static func order(_ keys: [(bytes: [UInt8], value: Int32)]) -> [Int] {
        // The first eight bytes decide nearly always.
        let heads = keys.map { key in
            var head: UInt64 = 0
            for index in 0..<8 { head = head << 8 | (index < key.bytes.count ? UInt64(key.bytes[index]) : 0) }
            return head
        }
        return keys.indices.sorted { left, right in
            if heads[left] != heads[right] { return heads[left] < heads[right] }
            if keys[left].bytes == keys[right].bytes { return left < right }
            return keys[left].bytes.lexicographicallyPrecedes(keys[right].bytes)
        }
    }
}

/// What a watchlist finds in a text; its memory is used again for the next.
package struct WatchlistScratch {
    /// Positions in the watchlist's `brands`, each once, in the order in which the text first names them.
    package internal(set) var brands: [Int32] = []

    package init() {}
}
