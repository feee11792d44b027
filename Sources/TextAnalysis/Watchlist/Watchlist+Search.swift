extension Watchlist {
    /// Finds the brands that a text names, and where; they replace those in the scratch.
    package func find(_ bytes: UnsafeBufferPointer<UInt8>, into scratch: inout WatchlistScratch) {
        scratch.brands.removeAll(keepingCapacity: true)
        search(bytes, into: &scratch.matches)
        if let words = context.first, !scratch.matches.isEmpty { scratch.context.read(bytes, words) }
        var count = 0
        for match in scratch.matches {
            guard let brand = brand(of: match, scratch.context) else { continue }
            scratch.matches[count] = WatchlistMatch(brand: brand, span: match.span)
            count += 1
            if !scratch.brands.contains(brand) { scratch.brands.append(brand) }
        }
        scratch.matches.removeLast(scratch.matches.count - count)
    }

    /// Finds every place of every alias, those within others too; of an alias of several brands the first has it.
    func findNested(_ bytes: UnsafeBufferPointer<UInt8>, into matches: inout [WatchlistMatch]) {
        search(bytes, nested: true, into: &matches)
        for index in matches.indices {
            let alias = Int(matches[index].brand)
            matches[index].brand = senses[meanings[alias].lowerBound].brand
        }
    }

    /// Finds the aliases of a text; in place of a brand a match has the alias.
    /// - Parameter nested: whether to find those within others too.
    private func search(
        _ bytes: UnsafeBufferPointer<UInt8>, nested: Bool = false, into matches: inout [WatchlistMatch]
    ) {
        matches.removeAll(keepingCapacity: true)
        guard let base = bytes.baseAddress, aliasCount > 0 else { return }
        let text = UTF8Text(base: base, count: bytes.count, table: table)
        let kinds = filter.kinds
        var position = 0
        /// Whether the character before the position is part of a word.
        var isBehindWord = false
        while position < text.count {
            let kind = kinds[Int(text[position])]
            var next = position + 1
            var mayMatch = false
            var isWord = false
            if kind == 0 {
                // Blanks and punctuation that begin no alias.
                position = next
                isBehindWord = false
                continue
            } else if kind != FirstWordFilter.wide {
                var end = next
                while end < text.count, kinds[Int(text[end])] & FirstWordFilter.word != 0 { end += 1 }
                if !isBehindWord, kind & FirstWordFilter.start != 0 {
                    mayMatch =
                        filter.mayMatch(base, start: position, end: end, limit: text.count)
                        || goesOnAsASCII(text, end)
                }
                isWord = kind & FirstWordFilter.word != 0
                if isWord { next = end }
            } else {
                let character = text.character(at: position)
                isWord = text.traits(character).contains(.word)
                next = position + character.length
                mayMatch = !isBehindWord
            }
            if mayMatch, nested {
                forEachAlias(text, at: position) { alias, end in
                    matches.append(WatchlistMatch(brand: alias, span: position..<end))
                }
            } else if mayMatch, let (alias, end) = longest(text, at: position) {
                matches.append(WatchlistMatch(brand: alias, span: position..<end))
                position = end
                isBehindWord = text.traits(text.character(before: end)).contains(.word)
                continue
            }
            position = next
            isBehindWord = isWord
        }
    }

    /// Whether a character that is not ASCII folds to one that is, as letters with accents do, or is an accent alone:
    /// then the filter has not seen the whole word.
    @inline(__always)
    private func goesOnAsASCII(_ text: UTF8Text, _ index: Int) -> Bool {
        guard index < text.count, text[index] >= 0x80 else { return false }
        let point = text.character(at: index).point
        return point != .max && (table.fold(point) < 0x80 || CharacterTable.accents.contains(point))
    }

    /// What an alias stands for where it stands.
    private func brand(of match: WatchlistMatch, _ words: ContextWords) -> Int32? {
        for sense in senses[meanings[Int(match.brand)]] {
            if sense.near.isEmpty && sense.notNear.isEmpty { return sense.brand }
            if sense.near.isEmpty || words.contains(sense.near, near: match.span),
                !words.contains(sense.notNear, near: match.span)
            {
                return sense.brand
            }
        }
        return nil
    }

    /// The longest alias that starts at a position and ends where a word does.
    private func longest(_ text: UTF8Text, at start: Int) -> (alias: Int32, end: Int)? {
        var found: (alias: Int32, end: Int)?
        forEachAlias(text, at: start) { found = ($0, $1) }
        return found
    }

    /// Gives the aliases that start at a position and end where a word does, the shorter first.
    @inline(__always)
    private func forEachAlias(_ text: UTF8Text, at start: Int, _ take: (_ alias: Int32, _ end: Int) -> Void) {
        var node = -1
        var position = start
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                node = step(node, UTF8Text.lower(byte))
                position += 1
            } else {
                let character = text.character(at: position)
                guard character.point != .max else { break }
                if CharacterTable.accents.contains(character.point) {
                    // It belongs to the letter before, if there is one.
                    guard node >= 0 else { break }
                    position += character.length
                    if trie.nodes[node].value >= 0, !isWord(text, position) { take(trie.nodes[node].value, position) }
                    continue
                }
                let folded = FoldedCharacter(table.fold(character.point))
                for index in 0..<folded.length where node != 0 { node = step(node, folded[index]) }
                position += character.length
            }
            if node == 0 { break }
            let value = trie.nodes[node].value
            if value >= 0, !isWord(text, position) { take(value, position) }
        }
    }

    @inline(__always)
    private func step(_ node: Int, _ byte: UInt8) -> Int { node < 0 ? trie.root(byte) : trie.child(node, byte) }

    private func isWord(_ text: UTF8Text, _ position: Int) -> Bool {
        position < text.count && text.traits(text.character(at: position)).contains(.word)
    }
}

/// The UTF-8 bytes of a code point, in one register.
struct FoldedCharacter {
    private var bytes: UInt32
    let length: Int

    @inline(__always)
    init(_ point: UInt32) {
        switch point {
        case ..<0x80: (bytes, length) = (point, 1)
        case ..<0x800: (bytes, length) = (0xC0 | point >> 6 | Self.low(point, 0) << 8, 2)
        case ..<0x10000:
            (bytes, length) = (0xE0 | point >> 12 | Self.low(point, 6) << 8 | Self.low(point, 0) << 16, 3)
        default:
            bytes = 0xF0 | point >> 18 & 7 | Self.low(point, 12) << 8 | Self.low(point, 6) << 16
            bytes |= Self.low(point, 0) << 24
            length = 4
        }
    }

    @inline(__always)
    subscript(index: Int) -> UInt8 { UInt8(truncatingIfNeeded: bytes >> UInt32(truncatingIfNeeded: index * 8)) }

    func append(to target: inout [UInt8]) {
        for index in 0..<length { target.append(self[index]) }
    }

    @inline(__always)
    private static func low(_ point: UInt32, _ shift: UInt32) -> UInt32 { 0x80 | point >> shift & 0x3F }
}
