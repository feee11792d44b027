import Columnar
import Dataflow
import Primitives
import TestParts
import Testing

@testable import Operators

@Suite("sentiment by an encoder")
struct SentimentModelTests {
    private let posts = TestStream(Field("text", .string, isNullable: true))
    private let texts: [[Cell]] = [["good good @good"], ["bad badly"], [nil], ["good good @good"], ["@"]]

    /// A made-up model as the one that ships, and as a user's own folder.
    private static func models(_ change: (inout TinyModel) -> Void = { _ in }) -> ModelFiles {
        var tiny = TinyModel()
        change(&tiny)
        let model = tiny
        return ModelFiles(directory: "/models") { path throws(Fault) in
            for folder in ["/models/posts-2/", "/base/./own/"] where path.hasPrefix(folder) {
                return model.read(String(path.dropFirst(folder.count)))
            }
            return nil
        }
    }

    private func run(_ settings: Written, _ models: ModelFiles, times: [Int64]? = nil) throws -> OperatorBench {
        let (planned, faults) = plan("sentiment", settings, posts, models: models)
        #expect(codes(faults) == [])
        let bench = try OperatorBench(planned)
        try bench.process(posts.batch(texts, times: times, hidden: true))
        return bench
    }

    /// The scores of the rows.
    private func scores(_ bench: OperatorBench) -> [Double?] { bench.rows.map { $0[1].double } }

    @Test("an ensemble is the weighted mean of encoder and lexicon")
    func ensemble() throws {
        let models = Self.models()
        let lexicon = scores(try run(["text": "text"], models))
        let encoder = scores(try run(["text": "text", "model": "transformer"], models))
        #expect(lexicon[0] != nil && encoder[0] != nil && lexicon[2] == nil && encoder[2] == nil)
        for (weights, parts) in [("default", (0.7, 0.3)), ("even", (0.5, 0.5))] {
            var settings: Written = ["text": "text", "model": "ensemble"]
            if weights == "even" {
                settings = ["text": "text", "model": "ensemble", "weights": ["transformer": 1, "lexicon": 1]]
            }
            for ((mixed, left), right) in zip(zip(scores(try run(settings, models)), encoder), lexicon) {
                guard let mixed, let left, let right else { continue }
                #expect(abs(mixed - (parts.0 * left + parts.1 * right)) < 1e-9)
            }
        }
    }

    @Test("a text has the same result wherever it stands, and is read once")
    func repeats() throws {
        let bench = try run(["text": "text", "model": "transformer"], Self.models())
        #expect(bench.rows[0] == bench.rows[3])
        #expect(bench.ledger.counts["answered_encoder"] == 4)
        #expect(bench.ledger.counts["cache_misses"] == 3)
        #expect(bench.ledger.counts["cache_hits"] == 1)
        let before = bench.rows
        try bench.process(posts.batch(texts))
        #expect(Array(bench.rows.suffix(5)) == before)
        #expect(bench.ledger.counts["cache_misses"] == 3)
    }

    @Test("a folder of one's own is found from the pipeline file's, a model that ships by its name")
    func places() throws {
        let models = Self.models()
        let own = scores(try run(["text": "text", "model": "./own"], models))
        #expect(own == scores(try run(["text": "text", "model": "transformer"], models)))
        #expect(
            codes(plan("sentiment", ["text": "text", "model": "./other"], posts, models: models).faults)
                == ["model.file_missing"])
        #expect(
            codes(plan("sentiment", ["text": "text", "model": "transfomer"], posts, models: models).faults)
                == ["model.unknown"])
        #expect(
            codes(plan("sentiment", ["text": "text", "model": "ensemble"], posts).faults)
                == ["model.folder_missing"])
        let damaged = Self.models { $0.tensors.removeLast() }
        let fault = plan("sentiment", ["text": "text", "model": "ensemble"], posts, models: damaged).faults.first
        #expect(fault?.fault.code == "model.tensor_missing")
        #expect(fault?.path == ["model"])
    }

    @Test("settings that say nothing are refused")
    func faults() {
        let models = Self.models()
        func found(_ settings: Written, _ stream: TestStream? = nil) -> [String] {
            codes(plan("sentiment", settings, stream ?? posts, models: models).faults)
        }
        #expect(found(["text": "text", "weights": ["lexicon": 1]]) == ["sentiment.weights"])
        #expect(
            found(["text": "text", "model": "ensemble", "weights": ["lexicon": 0, "transformer": 0]])
                == ["sentiment.weights"])
        #expect(found(["text": "text", "budget": 5]) == ["sentiment.budget"])
        let timeless = TestStream(Field("text", .string), hasEventTime: false)
        #expect(found(["text": "text", "model": "transformer", "budget": 5], timeless) == ["schema.event_time"])
    }

    @Test("a budget is spent on the texts of which the lexicon is least sure, and counted")
    func budget() throws {
        let models = Self.models()
        // The rows and those hidden between them are within one second.
        let bench = try run(
            ["text": "text", "model": "transformer", "budget": 2], models,
            times: [0, 400_000, 800_000, 900_000, 999_999])
        let all = scores(try run(["text": "text", "model": "transformer"], models))
        let lexicon = scores(try run(["text": "text"], models))
        // 0.999999 s of two a second, rounded down.
        let expected = bench.ledger.counts["answered_encoder"] ?? 0
        #expect(expected == 1)
        #expect(bench.ledger.counts["answered_lexicon"] == 3)
        let byEncoder = scores(bench).indices.filter { scores(bench)[$0] == all[$0] && all[$0] != lexicon[$0] }
        #expect(byEncoder.count == 1)
        let sureness = try run(["text": "text"], models).rows.map { $0[6].double ?? 2 }
        #expect(sureness[byEncoder[0]] == sureness.min())
    }

    @Test("emotions come with a model that knows them")
    func emotions() throws {
        let models = Self.models { model in
            model.config.replace(
                #""entities": {"#, with: #""emotion": {"kind": "sequence", "labels": ["Anger", "joy"]}, "entities": {"#)
            model.add("heads.emotion.weight", [2, 8])
            model.add("heads.emotion.bias", [2])
        }
        let (planned, _) = plan("sentiment", ["text": "text", "model": "transformer"], posts, models: models)
        let names = try #require(planned).output.schema.fields.map(\.name)
        #expect(names.suffix(4) == ["emotion", "emotion_confidence", "emotion_anger", "emotion_joy"])
        let rows = try run(["text": "text", "model": "transformer"], models).rows
        for row in rows where row[0] != .null {
            let shares = [row[9].double ?? 0, row[10].double ?? 0]
            #expect(abs(shares[0] + shares[1] - 1) < 1e-5)
            #expect(row[7].string == (shares[0] >= shares[1] ? "anger" : "joy"))
            #expect(row[8].double == shares.max())
        }
        #expect(rows[2].suffix(4).allSatisfy { $0 == .null })
        for labels in [#""Joy", "joy""#, #""joy", "confidence""#] {
            let twice = Self.models { model in
                let head = #""emotion": {"kind": "sequence", "labels": [\#(labels)]}, "entities": {"#
                model.config.replace(#""entities": {"#, with: head)
                model.add("heads.emotion.weight", [2, 8])
                model.add("heads.emotion.bias", [2])
            }
            #expect(
                codes(plan("sentiment", ["text": "text", "model": "transformer"], posts, models: twice).faults)
                    == ["model.heads"])
        }
    }

    @Test("in support threads politeness hides no problem")
    func customerService() throws {
        func score(_ text: String, _ context: String) throws -> Double {
            let (planned, _) = plan("sentiment", ["text": "text", "context": .text(context)], posts)
            let bench = try OperatorBench(planned)
            try bench.process(posts.batch([[.string(text)]]))
            return bench.rows[0][1].double ?? .nan
        }
        let complaint = "Hi, thanks for the great service so far. My router is not working since Monday"
        #expect(try score(complaint, "general") > 0.5)
        #expect(try score(complaint, "customer_service") == -0.15)
        let solved = "Thanks for your help, the problem is fixed now!"
        #expect(try score(solved, "customer_service") == score(solved, "general"))
        let praise = "Thank you, lovely staff"
        #expect(try score(praise, "customer_service") == score(praise, "general"))
        for reassurance in ["No problem, happy to help!", "No issues at all, great service"] {
            #expect(try score(reassurance, "customer_service") == score(reassurance, "general"))
        }
        // As telephones write an apostrophe.
        #expect(try score("I can\u{2019}t log in, please help", "customer_service") == -0.15)
        #expect(try score("it wasn\u{2019}t fixed", "customer_service") == -0.15)
        let angry = "still waiting for my refund, horrible"
        #expect(try score(angry, "customer_service") < score(angry, "general"))
    }
}
