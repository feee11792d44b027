/// Names to watch for: brands, each with its aliases.
///
/// An alias is found whatever its case (simple case folding of all scripts) and its accents (Latin and Greek), where no
/// letter, digit or underscore of any script stands directly before or behind it. Of aliases that overlap the one that
/// begins first counts, of those that begin together the longest. Since an alias begins only where a word does, each
/// place is tried by itself, which a filter spares nearly all; the time is at most the text's length times the longest
/// alias. Immutable, and shared by threads.
package struct Watchlist: Sendable {
    /// Each brand once, in the order of the entries.
    package let brands: [String]
    /// Different aliases, cases folded.
    package let aliasCount: Int
    let trie: AliasTrie
    let filter: FirstWordFilter
    let table = CharacterTable.shared
    /// What each alias may stand for, in the order of the entries: positions in `senses`.
    let meanings: [Range<Int>]
    let senses: [Sense]
    /// The words that senses look for around them; none if no sense does.
    let context: [Watchlist]

    /// One brand that an alias may stand for, and when it does.
    struct Sense: Sendable {
        var brand: Int32
        /// Positions in the brands of `context`: one of the first must be near if there are any, none of the others
        /// may.
        var near: [Int32]
        var notNear: [Int32]
    }

    /// An alias and its brand.
    package struct Entry: Sendable {
        package var brand: String
        package var alias: String
        /// Words of which one must be near.
        package var near: [String]
        /// Words of which none may be near.
        package var notNear: [String]

        package init(brand: String, alias: String, near: [String] = [], notNear: [String] = []) {
            self.brand = brand
            self.alias = alias
            self.near = near
            self.notNear = notNear
        }
    }

    /// - Parameter entries: an alias and its brand each. Blanks around an alias do not count, an alias of nothing else
    ///   is left out; of two brands with the same alias the first has it.
    package init(_ entries: [(brand: String, alias: String)]) {
        self.init(entries: entries.map { Entry(brand: $0.brand, alias: $0.alias) })
    }

    /// - Parameter entries: as above; of several with the same alias the first whose words are near counts.
    package init(entries: [Entry]) {
        var brands: [String] = []
        var numbers: [String: Int32] = [:]
        /// Each entry's alias with the entry's position.
        var keys: [(bytes: [UInt8], value: Int32)] = []
        keys.reserveCapacity(entries.count)
        let table = CharacterTable.shared
        // A word is the same in another case, and with an accent.
        func folded(_ word: String) -> String { String(decoding: Self.key(word, table), as: UTF8.self) }
        let words = Self.distinct(entries.flatMap { $0.near + $0.notNear }.map(folded))
        let context = words.isEmpty ? [] : [Watchlist(words.map { (brand: $0, alias: $0) })]
        var wordNumbers: [String: Int32] = [:]
        for word in words { wordNumbers[word] = Int32(truncatingIfNeeded: wordNumbers.count) }
        func places(_ words: [String]) -> [Int32] { words.compactMap { wordNumbers[folded($0)] } }
        var entrySenses: [Sense] = []
        for (position, entry) in entries.enumerated() {
            let number: Int32
            if let known = numbers[entry.brand] {
                number = known
            } else {
                number = Int32(truncatingIfNeeded: brands.count)
                numbers[entry.brand] = number
                brands.append(entry.brand)
            }
            entrySenses.append(Sense(brand: number, near: places(entry.near), notNear: places(entry.notNear)))
            let key = Self.key(entry.alias, table)
            if !key.isEmpty { keys.append((key, Int32(truncatingIfNeeded: position))) }
        }
        var sorted: [(bytes: [UInt8], value: Int32)] = []
        sorted.reserveCapacity(keys.count)
        var meanings: [Range<Int>] = []
        var senses: [Sense] = []
        for index in Self.order(keys) {
            let sense = entrySenses[Int(keys[index].value)]
            if sorted.last?.bytes == keys[index].bytes {
                let first = meanings[meanings.count - 1].lowerBound
                // Behind a sense that always holds nothing is asked for.
                if let last = senses.last, last.near.isEmpty, last.notNear.isEmpty { continue }
                senses.append(sense)
                meanings[meanings.count - 1] = first..<senses.count
            } else {
                sorted.append((keys[index].bytes, Int32(truncatingIfNeeded: meanings.count)))
                meanings.append(senses.count..<senses.count + 1)
                senses.append(sense)
            }
        }
        self.brands = brands
        self.meanings = meanings
        self.senses = senses
        self.context = context
        aliasCount = sorted.count
        trie = AliasTrie(sorted)
        filter = FirstWordFilter(sorted, table)
    }

    /// Bytes of memory that its automaton takes.
    package var memoryFootprint: Int {
        trie.memoryFootprint + filter.memoryFootprint + senses.count * MemoryLayout<Sense>.stride
    }

    private static func distinct(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }

    /// An alias as the trie has it: folded, without the blanks around it.
    private static func key(_ alias: String, _ table: CharacterTable) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in alias.unicodeScalars where !CharacterTable.accents.contains(scalar.value) {
            FoldedCharacter(table.fold(scalar.value)).append(to: &bytes)
        }
        let key = bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }
        return key.reversed()
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
    /// Every place where a brand is named, in the order of the text.
    package internal(set) var matches: [WatchlistMatch] = []
    /// The words that decide between senses.
    var context = ContextWords()

    package init() {}
}

/// A place where a text names a brand.
package struct WatchlistMatch: Sendable, Hashable {
    /// Its position in the watchlist's `brands`.
    package var brand: Int32
    /// In bytes.
    package var span: Range<Int>
}
