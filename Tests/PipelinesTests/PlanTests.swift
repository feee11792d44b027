import Columnar
import Dataflow
import Primitives
import Testing

@testable import Pipelines

@Suite("Planning")
struct PlanTests {
    @Test("a right file has a plan in topological order and no diagnostics")
    func valid() throws {
        let result = check(validFile)
        #expect(result.diagnostics == [])
        let plan = try #require(result.plan)
        #expect(
            plan.nodes.map(\.name) == [
                "dead_letters", "mentions", "unique", "english", "scored", "by_brand", "rollups", "rejects",
            ])
        #expect(plan.nodes.map(\.inputs) == [[], [], [1], [2], [3], [4], [5], [0]])
        #expect(plan.name == "brand-listening")
        #expect(plan.checkpointInterval == .seconds(10))
        #expect(plan.memoryBudget == 1 << 30)
        #expect(plan.baseDirectory == "pipelines")
        #expect(plan.consumers(of: 1) == [2])
        #expect(plan.nodes[6].shape.key == ["window_start", "brand", "platform"])
        #expect(plan.nodes[7].shape.schema == DeadLetter.schema)
        guard case .source(let source) = plan.nodes[1].work else { return #expect(Bool(false)) }
        #expect(source.eventTime == .column("created_at"))
        #expect(source.delay == .seconds(5))
        #expect(source.idle == .seconds(30))
        #expect(source.onError == .deadLetter)
        #expect(source.settings["brokers"]?.string == "broker-one.example:9092")
    }

    @Test("a source decodes only the columns that the graph needs, members of structs too")
    func projection() throws {
        let plan = try #require(check(validFile).plan)
        guard case .source(let source) = plan.nodes[1].work else { return #expect(Bool(false)) }
        #expect(source.fullSchema == FakeSchemas.mention)
        #expect(
            source.wantedSchema.paths == [
                "platform", "id", "lang", "text", "brand", "created_at", "author", "author.id", "metrics",
                "metrics.likes",
            ])
        #expect(plan.nodes[1].shape.schema == source.wantedSchema)
        #expect(plan.nodes[4].shape.schema.fields.last?.name == "sentiment_score")
        #expect(plan.nodes[4].shape.schema.resolve("author.name") == nil)
    }

    @Test("a sink that reads a source's rows takes all of its columns")
    func wholeRows() throws {
        let text = validFile.replacing("from: by_brand, postgres", with: "from: english, postgres")
        let result = check(text)
        #expect(places(result) == ["20:3 graph.unused"])
        let plan = try #require(result.plan)
        guard case .source(let source) = plan.nodes[1].work else { return #expect(Bool(false)) }
        #expect(source.wantedSchema == source.fullSchema)
    }

    @Test("a source with no consumers still decodes its event time")
    func unused() throws {
        let text = """
            pipeline: p
            sources:
              a: { file: { path: x }, schema: mention.avsc, event_time: { column: created_at } }
              b: { file: { path: y }, schema: mention.avsc }
            operators: {}
            sinks:
              s: { from: late, postgres: { url: "postgres://x", table: t } }
            """
        let result = check(text)
        #expect(places(result) == ["3:3 graph.unused", "4:3 graph.unused"])
        let plan = try #require(result.plan)
        let schemas = plan.nodes.compactMap { node -> Schema? in
            if case .source(let source) = node.work { source.wantedSchema } else { nil }
        }
        #expect(schemas.map(\.paths) == [["created_at"], ["platform"]])
        #expect(plan.nodes.map(\.name) == ["late", "a", "b", "s"])
    }

    @Test("an operator that asks for too little costs a warning, not the run")
    func forgetful() throws {
        let text = """
            pipeline: p
            sources: { a: { file: { path: x }, schema: mention.avsc } }
            operators: { o: { from: a, forgetful: {} } }
            sinks: { s: { from: o, postgres: { url: "postgres://x", table: t } } }
            """
        let result = check(text)
        #expect(result.diagnostics.map(\.code) == ["plan.projection"])
        guard case .source(let source) = result.plan?.nodes.first?.work else { return #expect(Bool(false)) }
        #expect(source.wantedSchema == source.fullSchema)
    }

    @Test("a memory budget that cannot hold the state names the operator and what to set")
    func budget() throws {
        let text = validFile.replacing("memory: 1GiB", with: "memory: 16MiB")
        let result = check(text)
        #expect(result.plan == nil)
        #expect(places(result) == ["37:22 resources.memory!"])
        let fault = try #require(result.diagnostics.first)
        #expect(
            fault.message == "the state of the operators may take 27.8MiB, the budget of 16MiB leaves 8MiB for it")
        #expect(fault.detail?.contains("`unique`") == true)
        #expect(fault.hint == "set `resources.memory` to 56MiB, or let `unique` keep less")
    }

    @Test("operators stand behind their inputs whatever their order in the file")
    func order() throws {
        let text = """
            pipeline: p
            sources: { a: { file: { path: x }, schema: mention.avsc } }
            operators:
              z: { from: [y, w], union: {} }
              y: { from: w, filter: "lang" }
              w: { from: a, filter: "id" }
            sinks: { s: { from: z, postgres: { url: "postgres://x", table: t } } }
            """
        let plan = try #require(check(text).plan)
        #expect(plan.nodes.map(\.name) == ["a", "w", "y", "z", "s"])
        #expect(plan.nodes.map(\.inputs) == [[], [0], [1], [2, 1], [3]])
    }

    @Test("a schema is pruned to paths, and whole where the whole is wanted")
    func pruning() {
        let schema = FakeSchemas.mention
        #expect(schema.pruned(to: []).fields == [])
        #expect(schema.pruned(to: ["author"]).paths == ["author", "author.id", "author.name"])
        #expect(schema.pruned(to: ["author.name", "id"]).paths == ["id", "author", "author.name"])
        #expect(schema.pruned(to: ["nothing", "author.nothing"]).fields == [])
        #expect(Schema([Field("a.b", .int64)]).pruned(to: ["a.b"]).paths == ["a.b"])
    }
}
