import Testing
import TextAnalysis

@Suite("Words near an alias")
struct WatchlistContextTests {
    private func brands(_ list: Watchlist, _ text: String) -> [String] {
        var scratch = WatchlistScratch()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { list.find($0, into: &scratch) }
        return scratch.matches.map { list.brands[Int($0.brand)] }
    }

    @Test("what one alias looks for hides nothing from another")
    func apart() {
        let list = Watchlist(entries: [
            Watchlist.Entry(brand: "Apple", alias: "apple", near: ["tim cook", "iPhone"], notNear: ["pie"]),
            Watchlist.Entry(brand: "Zed", alias: "zed", near: ["tim"]),
            Watchlist.Entry(brand: "Rim", alias: "rim", near: ["IPHONE"]),
            Watchlist.Entry(brand: "Orchard", alias: "orchard", near: ["Pié", "cook"]),
        ])
        // Part of a longer one.
        #expect(brands(list, "zed met tim cook") == ["Zed"])
        #expect(brands(list, "tim cook at the orchard") == ["Orchard"])
        // The same in another case or with an accent.
        #expect(brands(list, "rim or iphone") == ["Rim"])
        #expect(brands(list, "orchard pie") == ["Orchard"])
        #expect(brands(list, "apple, tim cook, pie") == [])
        #expect(brands(list, "zed met time") == [])
    }

    @Test("a word within the alias itself decides nothing")
    func within() {
        let list = Watchlist(entries: [Watchlist.Entry(brand: "A", alias: "apple store", near: ["store"])])
        #expect(brands(list, "the apple store") == [])
        #expect(brands(list, "the apple store store") == ["A"])
        #expect(brands(list, "store: apple store") == ["A"])
    }

    @Test("a text of thousands of aliases and words far from them is read at once", .timeLimit(.minutes(1)))
    func long() {
        let list = Watchlist(entries: [Watchlist.Entry(brand: "A", alias: "apple", near: ["iphone", "mac"])])
        let apples = String(repeating: "apple ", count: 5_000)
        let between = String(repeating: "x ", count: 20_000)
        let words = String(repeating: "iphone ", count: 5_000)
        // The last of the aliases is ten words from the first of the words.
        #expect(brands(list, apples + between + words) == [])
        #expect(brands(list, apples + words).count == 11)
        #expect(brands(list, words + between + apples + "mac").count == 11)
    }

    @Test("random lists and texts give what a plain search gives", arguments: 0..<30)
    func naive(_ seed: Int) {
        var random = TestRandom(seed: UInt64(seed))
        func words(_ length: ClosedRange<Int>, _ vocabulary: [String]) -> [String] {
            (0..<random.next(in: length)).map { _ in vocabulary[random.next(in: 0...vocabulary.count - 1)] }
        }
        func phrases() -> [[String]] { (0..<random.next(in: 0...2)).map { _ in words(1...3, ["a", "b", "c"]) } }
        let entries = (0..<random.next(in: 1...6)).map { number in
            PlainEntry(brand: "b\(number)", alias: words(1...2, ["a", "b", "d"]), near: phrases(), notNear: phrases())
        }
        let list = Watchlist(
            entries: entries.map { entry in
                Watchlist.Entry(
                    brand: entry.brand, alias: entry.alias.joined(separator: " "),
                    near: entry.near.map { $0.joined(separator: " ") },
                    notNear: entry.notNear.map { $0.joined(separator: " ").uppercased() })
            })
        for _ in 0..<100 {
            let text = words(0...40, ["a", "b", "c", "d", "e", "e", "e", "e", "e", "e"])
            #expect(
                brands(list, text.joined(separator: " ")) == plainSearch(entries, text),
                "\(entries) in \(text.joined(separator: " "))")
        }
    }
}

/// An entry of a watchlist, word by word.
private struct PlainEntry {
    var brand: String
    var alias: [String]
    var near: [[String]]
    var notNear: [[String]]
}

/// The brand of each alias of a text, every place tried.
private func plainSearch(_ entries: [PlainEntry], _ text: [String]) -> [String] {
    func stands(_ words: [String], _ place: Int) -> Bool { text[place...].starts(with: words) }
    func isNear(_ wanted: [[String]], _ span: Range<Int>) -> Bool {
        wanted.contains { words in
            text.indices.contains { place in
                guard stands(words, place) else { return false }
                let end = place + words.count
                return end <= span.lowerBound && span.lowerBound - end <= 10
                    || place >= span.upperBound && place - span.upperBound <= 10
            }
        }
    }
    var found: [String] = []
    var place = 0
    while place < text.count {
        let length = entries.map(\.alias).filter { stands($0, place) }.map(\.count).max() ?? 0
        let span = place..<place + length
        let sense = entries.first { entry in
            entry.alias.elementsEqual(text[span]) && (entry.near.isEmpty || isNear(entry.near, span))
                && !isNear(entry.notNear, span)
        }
        if length > 0, let sense { found.append(sense.brand) }
        place += max(1, length)
    }
    return found
}
