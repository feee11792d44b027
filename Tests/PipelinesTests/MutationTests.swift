import Primitives
import Testing

@testable import Pipelines

/// Breaks a text in ways that people and transports do.
private struct Mutator {
    var random: RandomSource
    private static let words: [[UInt8]] = [
        "{", "}", "[", "]", ": ", "- ", "&a ", "*a", "!!str ", "'", "\"", "|\n", ">\n", "#", "\n", "  ", "\t", "${",
        "${A}",
        "${DATABASE_URL}", "$$", "<<: *a", "? ", "null", "~", "99999999999999999999", "-1", "from: unique", "é",
        "\u{1}",
        "%YAML 1.1\n", "---\n", "...\n", "\r\n", "\u{2028}", "\u{E001}", "\\u0041", "dead_letters", ",", "by_brand",
    ].map { Array($0.utf8) }

    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(3) {
            guard !bytes.isEmpty else { return bytes }
            let start = random.below(bytes.count)
            let end = min(bytes.count, start + 1 + random.below(24))
            switch random.below(8) {
            case 0: bytes[start] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: random.below(bytes.count))
            case 3: if random.below(4) == 0 { bytes.removeSubrange(start...) }
            case 4: bytes.replaceSubrange(start..<end, with: Self.words[random.below(Self.words.count)])
            case 5: bytes.swapAt(start, random.below(bytes.count))
            default: bytes.insert(contentsOf: Self.words[random.below(Self.words.count)], at: start)
            }
        }
        return bytes
    }
}

@Suite("Broken files")
struct MutationTests {
    @Test("any mutation of a right file gives a plan, or faults at places in the file", arguments: 0..<8)
    func mutations(_ part: Int) {
        let original = Array((part % 2 == 0 ? validFile : ContractTests.productFile).utf8)
        var planned = 0
        var refused = 0
        for seed in 0..<2_500 {
            var mutator = Mutator(random: RandomSource(seed: UInt64(part * 1_000_000 + seed)))
            let bytes = mutator.mutate(original)
            let result = PipelineCheck.bytes(
                bytes, path: "x.yaml", catalogue: fakeCatalogue, environment: fakeEnvironment)
            if result.plan != nil { planned += 1 } else { refused += 1 }
            let source = SourceText(name: "x.yaml", bytes: bytes)
            let isPlaced = result.diagnostics.allSatisfy { diagnostic in
                let offset = source.offset(line: diagnostic.line, column: diagnostic.column)
                let found = source.lineAndColumn(of: offset)
                return diagnostic.line >= 1 && found.line == diagnostic.line && found.column == diagnostic.column
            }
            let isSettled = (result.plan == nil) == result.hasErrors
            if !isPlaced || !isSettled {
                Issue.record("seed \(part * 1_000_000 + seed): \(places(result))")
                return
            }
            if let plan = result.plan {
                // Explaining never traps either.
                for format in Explain.Format.allCases { _ = Explain.render(plan, as: format) }
            }
        }
        #expect(planned > 25)
        #expect(refused > 500)
    }
}
