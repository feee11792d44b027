/// Where a text has the words that decide what an alias stands for.
///
/// Each question is answered by searches in sorted places: a text that has alias and word ten thousand times each takes
/// no longer a place than a short one. Its memory is used again for the next text.
struct ContextWords {
    /// Words that may stand between an alias and what it is to be near to.
    private static let wordsBetween = 10

    /// In the order of the words' numbers; those of one word in the order of the text.
    private var places: [WatchlistMatch] = []
    /// Where each run of blanks begins.
    private var blanks: [Int] = []

    /// Reads a text, in place of the one before.
    /// - Parameter words: each is a brand of its own; its position is the word's number.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>, _ words: Watchlist) {
        words.findNested(text, into: &places)
        places.sort { left, right in
            (left.brand, left.span.lowerBound, left.span.upperBound)
                < (right.brand, right.span.lowerBound, right.span.upperBound)
        }
        blanks.removeAll(keepingCapacity: true)
        if places.isEmpty { return }
        var isBlank = false
        for index in text.indices {
            let now = text[index] <= 0x20
            if now && !isBlank { blanks.append(index) }
            isBlank = now
        }
    }

    /// Whether one of some words stands near a place. A word within the place itself decides nothing.
    func contains(_ words: [Int32], near place: Range<Int>) -> Bool {
        if places.isEmpty { return false }
        let (first, last) = reach(place)
        return words.contains { word in
            let next = places.firstPosition { ($0.brand, $0.span.lowerBound) >= (word, place.upperBound) }
            if next < places.count, places[next].brand == word, places[next].span.lowerBound <= last { return true }
            let behind = places.firstPosition { ($0.brand, $0.span.upperBound) > (word, place.lowerBound) }
            return behind > 0 && places[behind - 1].brand == word && places[behind - 1].span.upperBound > first
        }
    }

    /// A word that stands before a place ends behind the first of the two positions if it is near, one that stands
    /// behind it begins before the second or there.
    private func reach(_ place: Range<Int>) -> (first: Int, last: Int) {
        let before = blanks.firstPosition { $0 >= place.lowerBound } - Self.wordsBetween - 2
        let behind = blanks.firstPosition { $0 >= place.upperBound } + Self.wordsBetween + 1
        return (before < 0 ? -1 : blanks[before], behind < blanks.count ? blanks[behind] : .max)
    }
}

extension Array {
    /// The first position whose element is behind a border, which the elements before it are not; the count if none is.
    fileprivate func firstPosition(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
