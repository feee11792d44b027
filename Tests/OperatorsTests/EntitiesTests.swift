import Columnar
import Dataflow
import Operators
import Primitives
import Testing

@Suite("Operator entities")
struct EntitiesTests {
    private static let input = Schema([
        Field("id", .int64), Field("post", .struct([Field("text", .string)]), isNullable: true),
        Field("text", .string, isNullable: true),
    ])

    @Test("The columns hold what the texts name, in the case that is documented")
    func columns() throws {
        let run = try EntitiesRun(Self.input, text: "text")
        let rows = try run.rows(["#Größe @User $abc.d http://Example.com/A 👍🏽", nil, "", "@user/list ＃ＴＡＧ"])
        #expect(rows["hashtags"] == [["größe"], [], [], ["ｔａｇ"]])
        #expect(rows["mentions"] == [["user"], [], [], []])
        #expect(rows["cashtags"] == [["ABC.D"], [], [], []])
        #expect(rows["urls"] == [["http://Example.com/A"], [], [], []])
        #expect(rows["emoji"] == [["👍🏽"], [], [], []])
        #expect(rows["brands"] == nil)
        #expect(
            run.planned.output.schema.fields.map(\.name).suffix(5) == [
                "hashtags", "mentions", "cashtags", "urls", "emoji",
            ])
    }

    @Test("Brands are found by the watchlist; the first is the row's brand")
    func brands() throws {
        let run = try EntitiesRun(
            Self.input, text: "text",
            table: StaticTable(
                columns: ["brand", "alias", "aliases"],
                rows: [["Nike", "#justdoit", nil], ["Coca-Cola", nil, "Coke| coca cola "], ["Nike", "swoosh", nil]]))
        let rows = try run.rows(["coke and NIKE, Coca Cola", "nothing", nil, "#JustDoIt", "the Swoosh"])
        #expect(rows["brands"] == [["Coca-Cola", "Nike"], [], [], ["Nike"], ["Nike"]])
        #expect(rows["brand"] == [["Coca-Cola"], [], [], ["Nike"], ["Nike"]])
        #expect(run.planned.output.schema.fields.last == Field("brand", .string, isNullable: true))
        #expect(run.planned.facts == ["entities of text", "watchlist: 6 aliases of 2 brands"])
    }

    @Test("A column brand that is there keeps its values and its place, and is filled where it has none")
    func coalesced() throws {
        let schema = Schema([Field("brand", .string, isNullable: true), Field("text", .string)])
        let run = try EntitiesRun(
            schema, text: "text", table: StaticTable(columns: ["brand"], rows: [["Nike"], ["Puma"]]))
        let rows = try run.rows(["puma nike", "puma nike", "none"], brands: [nil, "Adidas", nil])
        #expect(rows["brand"] == [["Puma"], ["Adidas"], []])
        #expect(rows["brands"] == [["Puma", "Nike"], ["Puma", "Nike"], []])
        #expect(run.planned.output.schema.fields.map(\.name).prefix(2) == ["brand", "text"])
        #expect(run.planned.inputPaths(["brand", "urls"]) == [["brand", "text"]])
    }

    @Test("Rows that a filter hid stay hidden, in full batches and in sparse ones", arguments: [[1], [0, 2, 3, 5]])
    func hidden(_ kept: [UInt32]) throws {
        let run = try EntitiesRun(Self.input, text: "text", table: StaticTable(columns: ["brand"], rows: [["b"]]))
        let rows = try run.rows(["#a b", "#b c", "#c b", "#d b", "#e", "#f"], kept: SelectionVector(kept))
        #expect(rows["hashtags"] == kept.map { [["a", "b", "c", "d", "e", "f"][Int($0)]] })
    }

    @Test("What is read of the input is the text and what is wanted besides")
    func projection() throws {
        let run = try EntitiesRun(Self.input, text: "post.text")
        #expect(run.planned.inputPaths(["id", "urls"]) == [["id", "post.text"]])
        #expect(run.planned.inputPaths(nil) == [nil])
    }

    @Test("A column of a struct can be the text")
    func nested() throws {
        let run = try EntitiesRun(Self.input, text: "post.text")
        #expect(try run.rows(["#x"])["hashtags"] == [["x"]])
    }

    @Test("Faults name what is wrong and where")
    func faults() {
        let text = Field("text", .string)
        #expect(codes(Schema([text]), text: "txt") == ["schema.column_missing at text"])
        #expect(codes(Schema([Field("n", .int64)]), text: "n") == ["schema.type at text"])
        #expect(codes(Schema([text, Field("urls", .string)]), text: "text") == ["schema.duplicate at "])
        #expect(codes(Schema([text, Field("brands", .string)]), text: "text") == [])
        let nike = StaticTable(columns: ["brand"], rows: [["Nike"]])
        #expect(codes(Schema([text, Field("brands", .string)]), text: "text", nike) == ["schema.duplicate at "])
        #expect(codes(Schema([text, Field("brand", .int64)]), text: "text", nike) == ["schema.type at "])
        let misspelt = StaticTable(columns: ["brnd", "alias"], rows: [])
        #expect(codes(Schema([text]), text: "text", misspelt) == ["watchlist.column_missing at watchlist"])
        let empty = StaticTable(columns: ["brand"], rows: [])
        #expect(codes(Schema([text]), text: "text", empty) == ["watchlist.empty at watchlist"])
        let nameless = StaticTable(columns: ["brand", "alias"], rows: [["a", "b"], [nil, "c"]])
        #expect(codes(Schema([text]), text: "text", nameless) == ["watchlist.row at watchlist"])
    }

    @Test("A watchlist that cannot be read is reported at its setting")
    func missingFile() {
        let faults = FaultCollector()
        let planned = EntitiesRun.plan(Schema([Field("text", .string)]), text: "text", watchlist: "no.csv", faults) {
            path throws(Fault) in throw Fault("file.missing", "no file \(path)")
        }
        #expect(planned == nil)
        #expect(faults.faults.map(\.fault.message) == ["no file /pipelines/no.csv"])
    }

    private func codes(_ schema: Schema, text: String, _ table: StaticTable? = nil) -> [String] {
        let faults = FaultCollector()
        let planned = EntitiesRun.plan(schema, text: text, watchlist: table.map { _ in "list.csv" }, faults) {
            _ throws(Fault) in table ?? StaticTable(columns: [], rows: [])
        }
        #expect((planned == nil) == !faults.isEmpty)
        return faults.faults.map { "\($0.fault.code) at \($0.path.joined(separator: "."))" }
    }
}
