import Foundation
import Primitives
import Testing
import TextAnalysis

@testable import Operators

/// Edits of made-up posts: `MARTLET_SPEED=1 swift test -c release --filter SimilarQuality` takes a million of them.
@Suite("similar finds edits, and nothing else")
struct SimilarQualityTests {
    /// Posts of 4 to 24 words, the commoner words more often, as in a language.
    private static func post(_ random: inout SplitMix, _ vocabulary: Int) -> [String] {
        (0..<4 + random.next(21)).map { _ in
            let uniform = Double(random.next(1 << 30)) / Double(1 << 30)
            return "w\(Int(pow(Double(vocabulary), uniform)))x"
        }
    }

    private static func edited(_ words: [String], _ random: inout SplitMix) -> String {
        switch random.next(3) {
        case 0: return "RT @user\(random.next(1_000)): " + words.joined(separator: " ")
        case 1: return words.joined(separator: " ") + " https://t.co/\(random.next(1_000_000))"
        default:
            var changed = words
            changed[random.next(words.count)] = "new\(random.next(1_000_000))"
            return changed.joined(separator: " ")
        }
    }

    @Test("precision and recall of a generated stream")
    func quality() {
        let isLarge = ProcessInfo.processInfo.environment["MARTLET_SPEED"] != nil
        let total = isLarge ? 1_000_000 : 10_000
        var random = SplitMix(state: 7)
        var texts: [[UInt8]] = []
        /// The position of the post that each is, or is an edit of.
        var origins: [Int] = []
        var sources: [(words: [String], origin: Int)] = []
        while texts.count < total {
            if random.next(2) == 0 || sources.isEmpty {
                let words = Self.post(&random, 50_000)
                sources.append((words, texts.count))
                origins.append(texts.count)
                texts.append(Array(words.joined(separator: " ").utf8))
            } else {
                // Edits come soon after what they edit, or long after.
                let back = random.next(min(sources.count, random.next(2) == 0 ? 100 : total))
                let source = sources[sources.count - 1 - back]
                origins.append(source.origin)
                texts.append(Array(Self.edited(source.words, &random).utf8))
            }
        }
        let groups = SimilarGroups(within: 1 << 50, similarity: 0.6)
        var sketch = TextSketch()
        var (right, claimed) = (0, 0)
        let elapsed = ContinuousClock().measure {
            for (index, text) in texts.enumerated() {
                text.withUnsafeBufferPointer { sketch.sketch($0) }
                let place = groups.place(sketch, at: Int64(index), floor: .distantPast) { .number(Int64(index)) }
                guard place.id != .number(Int64(index)) else { continue }
                claimed += 1
                if place.id == .number(Int64(origins[index])) { right += 1 }
            }
        }
        let edits = origins.indices.count { origins[$0] != $0 }
        let (precision, recall) = (Double(right) / Double(claimed), Double(right) / Double(edits))
        #expect(precision >= 0.95 && recall >= 0.95, "precision \(precision), recall \(recall)")
        #expect(groups.memoryFootprint <= groups.count * SimilarGroups.bytesPerGroup(textIDs: false))
        if isLarge {
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
            print("\(total) posts: precision \(precision), recall \(recall), \(Int(Double(total) / seconds)) posts/s,")
            print("\(groups.memoryFootprint / groups.count) bytes a group")
        }
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
