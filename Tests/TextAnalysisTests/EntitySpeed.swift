import Foundation
import Testing
import TextAnalysis

/// Run by hand, in release: `MARTLET_SPEED=1 swift test -c release --filter EntitySpeed`.
@Suite(
    .serialized,
    .enabled(
        if: SharedFolder.isThere && ProcessInfo.processInfo.environment["MARTLET_SPEED"] != nil, "set MARTLET_SPEED"))
struct EntitySpeed {
    @Test("Entities of real posts")
    func extraction() throws {
        let texts = try Self.posts()
        var extractor = EntityExtractor()
        var scratch = EntityScratch()
        var counts: [Entity.Kind: Int] = [:]
        Self.measure("extract", texts) { text in
            extractor.extract(text, into: &scratch)
            return scratch.entities.count
        }
        for text in texts {
            text.withUnsafeBufferPointer { extractor.extract($0, into: &scratch) }
            for entity in scratch.entities { counts[entity.kind, default: 0] += 1 }
        }
        print(counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key): \($0.value)" })
    }

    @Test("Watchlists of real posts", arguments: [1_000, 10_000, 100_000])
    func watchlist(_ aliases: Int) throws {
        let texts = try Self.posts()
        // Some hundred words and pairs of words as they are in posts, two to four a post; the rest are invented names.
        var names: Set<String> = []
        for text in texts {
            let words = String(decoding: text, as: UTF8.self).split(separator: " ").map(String.init)
            for (index, word) in words.enumerated() where names.count < 250 && word.count > 3 {
                names.insert(index % 2 == 0 ? word : word + " " + (index + 1 < words.count ? words[index + 1] : "x"))
            }
        }
        var random = TestRandom(seed: 3)
        while names.count < aliases {
            let letters = Array("etaoinshrdlucmfwyp".unicodeScalars)
            var view = String.UnicodeScalarView()
            for index in 0..<random.next(in: 4...16) {
                view.append(index == 7 ? " " : letters[random.next(in: 0...17)])
            }
            names.insert(String(view))
        }
        let entries = names.sorted().enumerated().map { (brand: "brand \($0 / 5)", alias: $1) }
        var list = Watchlist([])
        let built = ContinuousClock().measure { list = Watchlist(entries) }
        print("\(aliases) aliases built in \(built), \(list.memoryFootprint >> 10) KiB")
        var scratch = WatchlistScratch()
        Self.measure("find", texts) { text in
            list.find(text, into: &scratch)
            return scratch.brands.count
        }
        var extractor = EntityExtractor()
        var entities = EntityScratch()
        Self.measure("extract and find", texts) { text in
            extractor.extract(text, into: &entities)
            list.find(text, into: &scratch)
            return scratch.brands.count
        }
    }

    @Test("Long hostile texts")
    func hostile() {
        for piece in [
            "a.", "a_.com_.", "#", "@a", "$A ", "((", "a.com中", "_.com.", "👩\u{200D}", "中.", "http://a.com-", "a.b_c.",
            "1.com-",
        ] {
            let text = Array(String(repeating: piece, count: 1_000_000 / piece.utf8.count).utf8)
            var extractor = EntityExtractor()
            var scratch = EntityScratch()
            let elapsed = ContinuousClock().measure {
                text.withUnsafeBufferPointer { extractor.extract($0, into: &scratch) }
            }
            print("\(piece): 1 MB in \(elapsed)")
        }
    }

    private static func posts() throws -> [[UInt8]] {
        try SharedFolder.text("posts/x_stream.ndjson").split(separator: "\n").compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return ((object?["data"] as? [String: Any])?["text"] as? String).map { Array($0.utf8) }
        }
    }

    private static func measure(_ name: String, _ texts: [[UInt8]], _ work: (UnsafeBufferPointer<UInt8>) -> Int) {
        let bytes = texts.reduce(0) { $0 + $1.count }
        var best = Duration.seconds(100)
        var found = 0
        for _ in 0..<30 {
            best = min(
                best, ContinuousClock().measure { found = texts.reduce(0) { $0 + $1.withUnsafeBufferPointer(work) } })
        }
        let seconds = Double(best.components.attoseconds) / 1e18 + Double(best.components.seconds)
        print(
            "\(name): \(Int(Double(texts.count) / seconds)) texts/s, \(Int(Double(bytes) / seconds / 1e6)) MB/s, "
                + "\(bytes / texts.count) bytes a text, found \(found)")
    }
}
