import Primitives
import Testing

@testable import TextAnalysis

@Suite("Byte-level BPE")
struct BytePairTests {
    /// What the library `tokenizers` has learnt from this checkout's texts, and what it makes of some others.
    private static func golden() throws -> JSONTree {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let bytes = try #require(SystemFile.read("/\(folder)/Golden/byte-pairs.json"))
        return try bytes.withUnsafeBufferPointer { bytes throws in try JSONTree(parsing: bytes) }
    }

    private static func vocabulary(_ tokenizer: JSONTree) throws -> BytePairVocabulary {
        var text = try #require(tokenizer.text)
        return try text.withUTF8 { bytes throws in try BytePairVocabulary(tokenizer: bytes) }
    }

    @Test("the numbers equal those of the reference tokenizer on every golden text")
    func golden() throws {
        let golden = try Self.golden()
        let tokenizer = BytePairTokenizer(try Self.vocabulary(try #require(golden["tokenizer"])))
        var sequence = TokenSequence()
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count == 30)
        for item in cases {
            var text = try #require(item["text"]?.string)
            text.withUTF8 { tokenizer.tokenize($0, limit: 1_000, into: &sequence) }
            #expect(sequence.ids.map { Int($0) } == item["ids"]?.array?.compactMap(\.integer), "\(text)")
        }
    }

    @Test("words know their bytes, without the blank before them")
    func spans() throws {
        let golden = try Self.golden()
        let tokenizer = BytePairTokenizer(try Self.vocabulary(try #require(golden["tokenizer"])))
        var sequence = TokenSequence()
        var text = "the window's qqq"
        text.withUTF8 { tokenizer.tokenize($0, limit: 100, into: &sequence) }
        let starts = sequence.isWordStart.indices.filter { sequence.isWordStart[$0] }
        #expect(starts.map { sequence.spans[$0].lowerBound } == [0, 4, 10, 13])
        #expect(sequence.spans[sequence.count - 2].upperBound == 16)
        text.withUTF8 { tokenizer.tokenize($0, limit: 3, into: &sequence) }
        #expect(sequence.count == 3 && sequence.ids.last == 2)
    }

    @Test("a word of any length is merged as the plain rule merges it", arguments: 0..<10)
    func merges(_ seed: Int) throws {
        let vocabulary = try Self.vocabulary(try #require(try Self.golden()["tokenizer"]))
        var random = TestRandom(seed: UInt64(seed))
        let word = (0..<random.next(in: 1...300)).map { _ in
            Array("etaoinshe".utf8)[random.next(in: 0...8)]
        }
        var expected = word.map { vocabulary.bytes[Int($0)] }
        while true {
            let merges = expected.indices.dropLast().compactMap { place in
                vocabulary.merges[BytePairVocabulary.key(expected[place], expected[place + 1])].map { ($0, place) }
            }
            guard let (merge, place) = merges.min(by: { ($0.0.rank, $0.1) < ($1.0.rank, $1.1) }) else { break }
            expected.replaceSubrange(place...place + 1, with: [merge.token])
        }
        var sequence = TokenSequence()
        word.withUnsafeBufferPointer {
            BytePairTokenizer(vocabulary).tokenize($0, limit: 1_000, into: &sequence)
        }
        #expect(Array(sequence.ids.dropFirst().dropLast()) == expected)
        #expect(expected.count < word.count || word.count < 10)
    }

    @Test("a word of a hundred thousand bytes takes no hundred thousand steps a byte", .timeLimit(.minutes(1)))
    func longWord() throws {
        let tokenizer = BytePairTokenizer(try Self.vocabulary(try #require(try Self.golden()["tokenizer"])))
        var sequence = TokenSequence()
        var text = String(repeating: "thewindow", count: 11_111)
        text.withUTF8 { tokenizer.tokenize($0, limit: 64, into: &sequence) }
        #expect(sequence.count == 64)
        text = String(repeating: "thewindow", count: 30)
        let first = sequence.ids.prefix(60)
        text.withUTF8 { tokenizer.tokenize($0, limit: 64, into: &sequence) }
        #expect(sequence.ids.prefix(60) == first)
    }

    @Test("a vocabulary that is no byte-level BPE is refused")
    func refusals() throws {
        func code(_ text: String) -> String {
            do throws(Fault) {
                _ = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(Fault) in
                    try BytePairVocabulary(tokenizer: bytes)
                }
                return "accepted"
            } catch { return error.code }
        }
        let whole = try #require(try Self.golden()["tokenizer"]?.text)
        #expect(code(whole) == "accepted")
        #expect(code("{") == "model.vocabulary")
        #expect(code("{}") == "model.vocabulary")
        #expect(code(whole.replacing("ByteLevel", with: "Whitespace")) == "model.vocabulary")
        #expect(code(whole.replacing("\"</s>\"", with: "\"<t>\"")) == "model.vocabulary")
        let lowercase = #""normalizer":{"type":"Lowercase"}"#
        #expect(code(whole.replacing(#""normalizer":null"#, with: lowercase)) == "model.vocabulary")
    }
}

extension JSONTree {
    /// The tree as JSON text.
    fileprivate var text: String? {
        func quoted(_ text: String) -> String {
            var quoted = "\""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\"": quoted += "\\\""
                case "\\": quoted += "\\\\"
                case _ where scalar.value < 0x20:
                    quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                default: quoted.unicodeScalars.append(scalar)
                }
            }
            return quoted + "\""
        }
        switch self {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .number(let value): return value == value.rounded() ? "\(Int(value))" : "\(value)"
        case .string(let value): return quoted(value)
        case .array(let items): return "[" + items.compactMap(\.text).joined(separator: ",") + "]"
        case .object(let members):
            return "{" + members.map { quoted($0) + ":" + ($1.text ?? "null") }.joined(separator: ",") + "}"
        }
    }
}
