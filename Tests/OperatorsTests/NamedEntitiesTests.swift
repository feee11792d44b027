import Columnar
import Dataflow
import Primitives
import TestParts
import Testing

@testable import Operators

@Suite("entities by an encoder")
struct NamedEntitiesTests {
    private let posts = TestStream(Field("text", .string, isNullable: true))
    private static let tiny = TinyModel()
    private static let models = ModelFiles(directory: "/models") { path throws(Fault) in
        path.hasPrefix("/models/posts-2/") ? tiny.read(String(path.dropFirst("/models/posts-2/".count))) : nil
    }
    private static let watchlist = StaticTable(
        columns: ["brand", "aliases", "near", "not_near"],
        rows: [["Böse", "Bäd|bad guys", nil, "good"], ["Fun", "fun", "very|such", nil]])

    /// Name, type, start, end and confidence of the entities of each row.
    private func run(_ texts: [String?], hidden: Bool = false) throws -> [[[Cell]]] {
        let (planned, faults) = plan(
            "entities",
            ["text": "text", "model": "transformer", "watchlist": "table.csv", "hashtag_words": .flag(true)],
            posts, table: Self.watchlist, models: Self.models)
        #expect(codes(faults) == [])
        let bench = try OperatorBench(planned)
        try bench.process(posts.batch(texts.map { [$0.map { .string($0) } ?? .null] }, hidden: hidden))
        let index = try #require(planned?.output.schema.index(of: "entities"))
        return bench.rows.map { row in
            guard case .list(let items) = row[index] else { return [] }
            return items.map { if case .members(let members) = $0 { members } else { [] } }
        }
    }

    @Test("brands come with their place, and words near them decide")
    func brands() throws {
        let rows = try run(["é BAD guys", "a good thing, a bad one", nil, "such fun, fun", "fun"], hidden: true)
        let brands = rows.map { $0.filter { $0[1] == "brand" } }
        #expect(brands[0] == [["Böse", "brand", 2, 10, 1.0]])
        #expect(brands[1] == [])
        #expect(rows[2] == [])
        #expect(brands[3] == [["Fun", "brand", 5, 8, 1.0], ["Fun", "brand", 10, 13, 1.0]])
        #expect(brands[4] == [])
    }

    @Test("names of the model stand beside them, never over them, in the order of the text")
    func names() throws {
        for row in try run(["good badly bad @ good bad", "bad bad good @@ bad", "@ good badly good"]) {
            var end: Int64 = 0
            for entity in row {
                #expect(entity[2].int ?? -1 >= end)
                end = entity[3].int ?? -1
                let share = entity[4].double ?? -1
                #expect(entity[1] == "brand" ? share == 1 : entity[1] == "person" && share > 1 / 3 - 1e-6)
            }
        }
    }

    @Test("a model that names nothing is refused")
    func faults() {
        var other = TinyModel()
        other.config.replace("B-person", with: "person")
        other.config.replace("I-person", with: "place")
        let model = other
        let models = ModelFiles(directory: "/models") { path throws(Fault) in
            model.read(path.split(separator: "/").last.map(String.init) ?? "")
        }
        #expect(
            codes(plan("entities", ["text": "text", "model": "transformer"], posts, models: models).faults)
                == ["model.heads"])
    }
}
