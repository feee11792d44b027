import Testing
import TextAnalysis

@Suite("Watchlist")
struct WatchlistTests {
    @Test("A brand is found by its aliases in any case, in the order of the text, once")
    func order() {
        let list = Watchlist([
            ("Nike", "Nike"), ("Nike", "#JustDoIt"), ("Coca-Cola", "Coca-Cola"), ("Coca-Cola", "coke"),
            ("Öresund", "ÖRESUND"),
        ])
        #expect(brands(list, "COKE, nike and Coca-cola; öresund") == ["Coca-Cola", "Nike", "Öresund"])
        #expect(brands(list, "#justdoit!") == ["Nike"])
        #expect(brands(list, "justdoit") == [])
        #expect(list.aliasCount == 5)
    }

    @Test(
        "Letters, digits and underscores of any script beside it make an alias part of another word",
        arguments: ["nikes", "1nike", "nike_", "éNike", "nikeя", "nikeの", "nike\u{301}x"])
    func boundaries(_ text: String) {
        let list = Watchlist([("Nike", "Nike")])
        #expect(brands(list, text) == [])
    }

    @Test(
        "Punctuation and emoji beside it do not",
        arguments: ["(nike)", "nike👍", "❤️nike", "@nike", "#nike", "nike's", "„Nike“"])
    func punctuation(_ text: String) {
        let list = Watchlist([("Nike", "Nike")])
        #expect(brands(list, text) == ["Nike"])
    }

    @Test("Of aliases that begin together the longest is found")
    func longest() {
        let list = Watchlist([("York", "york"), ("New York", "new york"), ("Times", "new york times"), ("C++", "c++")])
        #expect(brands(list, "the New York Times") == ["Times"])
        #expect(brands(list, "the New York Timesx") == ["New York"])
        #expect(brands(list, "newyork, york; C++ new yorker york") == ["York", "C++"])
    }

    @Test("Folding reaches final sigma, the long s and letters whose case changes their length")
    func folding() {
        let list = Watchlist([("a", "ΟΔΟΣ"), ("b", "ſun"), ("c", "Ⱥx"), ("d", "straße")])
        #expect(brands(list, "οδος SUN ⱥX STRAßE") == ["a", "b", "c", "d"])
        #expect(brands(Watchlist([("Pepsi", "Pepsi"), ("Sun", "sun")]), "PEPSİ ſun İx") == ["Pepsi", "Sun"])
    }

    @Test("Accents do not count, whether part of a letter or behind it")
    func accents() {
        let list = Watchlist([("Nestlé", "Nestlé"), ("Pepsi", "pepsi"), ("Café de Flore", "cafe\u{301} de flore")])
        #expect(brands(list, "NESTLE") == ["Nestlé"])
        #expect(brands(list, "nestle\u{301}!") == ["Nestlé"])
        #expect(brands(list, "pe\u{301}psí") == ["Pepsi"])
        #expect(brands(list, "café de Flore, \u{301}pepsix") == ["Café de Flore"])
    }

    @Test("Words near an alias decide what it stands for")
    func context() {
        let list = Watchlist(entries: [
            Watchlist.Entry(brand: "Apple", alias: "apple", near: ["iphone", "store"], notNear: ["pie", "juice"]),
            Watchlist.Entry(brand: "Fruit", alias: "Apple", near: ["eat"]),
            Watchlist.Entry(brand: "Target", alias: "target", notNear: ["practice"]),
        ])
        #expect(brands(list, "the apple store") == ["Apple"])
        #expect(brands(list, "an apple pie at the store") == [])
        #expect(brands(list, "eat an apple") == ["Fruit"])
        #expect(brands(list, "apple") == [])
        let far = Array(repeating: "word", count: 11).joined(separator: " ")
        #expect(brands(list, "apple \(far) iphone") == [])
        #expect(brands(list, "apple \(far.dropLast(5)) iphone") == ["Apple"])
        #expect(brands(list, "on target") == ["Target"])
        #expect(brands(list, "target practice") == [])
        #expect(brands(Watchlist([("A", "b"), ("B", "B")]), "b") == ["A"])
    }

    @Test("An empty list, empty aliases and empty texts find nothing")
    func empty() {
        #expect(brands(Watchlist([]), "nike") == [])
        #expect(brands(Watchlist([("x", " ")]), " x ") == [])
        #expect(brands(Watchlist([("x", "x")]), "") == [])
    }

    @Test("Random lists and texts give what a plain search gives", arguments: 0..<40)
    func naive(_ seed: Int) {
        var random = TestRandom(seed: UInt64(seed))
        let alphabet: [Unicode.Scalar] = [
            "a", "B", "c", "Ä", "ß", "Σ", "ς", " ", "#", "_", "1", ".", "の", "😀", "İ", "i",
        ]
        func text(_ length: ClosedRange<Int>) -> String {
            var view = String.UnicodeScalarView()
            for _ in 0..<random.next(in: length) { view.append(alphabet[random.next(in: 0...alphabet.count - 1)]) }
            return String(view)
        }
        let entries = (0..<random.next(in: 1...60)).map { (brand: "b\($0 % 20)", alias: text(1...4)) }
        let list = Watchlist(entries)
        for _ in 0..<200 {
            let text = text(0...30)
            #expect(brands(list, text) == plainSearch(entries, text), "\(entries) in \(text)")
        }
    }

    private func brands(_ list: Watchlist, _ text: String) -> [String] {
        var scratch = WatchlistScratch()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { list.find($0, into: &scratch) }
        return scratch.brands.map { list.brands[Int($0)] }
    }
}

/// Tries every alias at every place.
private func plainSearch(_ entries: [(brand: String, alias: String)], _ text: String) -> [String] {
    func fold(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.map { scalar in
            if scalar == "ς" { return "σ" }
            if scalar == "İ" { return "i" }
            if scalar == "Ä" { return "a" }
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            return lower.count == 1 ? lower[lower.startIndex] : scalar
        }
    }
    func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.generalCategory == .decimalNumber
    }
    let text = fold(text)
    let aliases = entries.map { entry in
        let alias = fold(entry.alias)
        return (brand: entry.brand, alias: Array(alias.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
    }
    var found: [String] = []
    var position = 0
    while position < text.count {
        var best: (brand: String, length: Int)?
        for (brand, alias) in aliases where !alias.isEmpty && alias.count > best?.length ?? 0 {
            guard text[position...].starts(with: alias), position == 0 || !isWord(text[position - 1]) else { continue }
            let end = position + alias.count
            if end == text.count || !isWord(text[end]) { best = (brand, alias.count) }
        }
        if let best, !found.contains(best.brand) { found.append(best.brand) }
        position += max(1, best?.length ?? 1)
    }
    return found
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct TestRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func next(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}
