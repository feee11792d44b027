import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("Operators that work row by row")
struct RowOperatorTests {
    private let posts = TestStream(
        Field("id", .int64), Field("lang", .string, isNullable: true), Field("likes", .int64, isNullable: true),
        Field("tags", .list(.string), isNullable: true))

    private var rows: [[Cell]] {
        [
            [1, "en", 10, ["a", "b"]], [2, nil, 0, []], [3, "de", nil, nil], [4, "en", 5, ["c"]],
            [5, "", 7, ["a", "a"]],
        ]
    }

    // MARK: filter

    @Test("filter keeps the rows for which its condition is true", arguments: [false, true])
    func filters(hidden: Bool) throws {
        let (planned, faults) = plan("filter", "has(lang) && lang == 'en'", posts)
        #expect(faults.isEmpty)
        let bench = try OperatorBench(planned)
        try bench.process(posts.batch(rows, hidden: hidden))
        #expect(bench.rows.map(\.[0]) == [1, 4])
        #expect(bench.frames.map(\.batch.rowTimes) == [[0, 3]])
        #expect(bench.ledger.passed == 2 && bench.ledger.filtered == 3)
    }

    @Test("filter refuses rows for which its condition has no value, with the reason", arguments: [false, true])
    func filterErrors(hidden: Bool) throws {
        let bench = try OperatorBench(plan("filter", "10 / likes > 1", posts).planned)
        try bench.process(posts.batch(rows, hidden: hidden))
        #expect(bench.rows.map(\.[0]) == [4])
        #expect(bench.deadLetters.map(\.code) == ["expression.division_by_zero", "expression.no_value"])
        #expect(bench.deadLetters.allSatisfy { $0.reason.hasPrefix("filter: ") && $0.bytes != nil })
        #expect(bench.deadLetters.map(\.eventTime) == [1, 2])
        #expect(bench.ledger.deadLetter == 2 && bench.ledger.filtered == 2)
    }

    @Test("filter passes empty frames on, so that the lane stays whole")
    func filterEmpty() throws {
        let bench = try OperatorBench(plan("filter", "id > 100", posts).planned)
        try bench.process(posts.batch([]))
        try bench.process(posts.batch(rows))
        #expect(bench.frames.map(\.sequence) == [0, 1])
        #expect(bench.rows.isEmpty)
    }

    @Test("filter takes a condition over columns that are there")
    func filterFaults() {
        #expect(codes(plan("filter", "id", posts).faults) == ["expression.type"])
        #expect(!plan("filter", "nope == 1", posts).faults.isEmpty)
        #expect(!plan("filter", "id ==", posts).faults.isEmpty)
        // What reads the stream is checked all the same.
        #expect(plan("filter", "id", posts).planned?.output.schema == posts.shape.schema)
        #expect(plan("filter", "id > likes", posts).planned?.inputPaths(["lang"]) == [["lang", "id", "likes"]])
    }

    // MARK: select

    @Test("select lists its columns in their order", arguments: [false, true])
    func selectColumns(hidden: Bool) throws {
        let stream = TestStream(Field("id", .int64), Field("n", .int64, isNullable: true), key: ["id"])
        let (planned, faults) = plan("select", ["columns": ["twice": "n * 2", "key": "id", "n": "n"]], stream)
        #expect(faults.isEmpty)
        #expect(planned?.output.key == ["key"])
        let bench = try OperatorBench(planned)
        try bench.process(
            stream.batch([[1, 2], [2, nil], [3, 9_223_372_036_854_775_807], [4, -4]], hidden: hidden))
        #expect(bench.rows == [[4, 1, 2], [-8, 4, -4]])
        #expect(bench.deadLetters.map(\.code) == ["expression.no_value", "expression.overflow"])
        #expect(bench.ledger.passed == 2)
    }

    @Test("select adds, renames and drops, in this order")
    func selectChanges() throws {
        let (planned, faults) = plan(
            "select",
            ["add": ["id": "id + 1", "more": "id"], "rename": ["lang": "language"], "drop": ["tags", "likes"]],
            posts)
        #expect(faults.isEmpty)
        #expect(planned?.output.schema.fields.map(\.name) == ["id", "language", "more"])
        let bench = try OperatorBench(planned)
        try bench.process(posts.batch(rows))
        #expect(bench.rows.first == [2, "en", 1])
        #expect(bench.rows[1][1] == nil)
    }

    @Test("select says what is wrong with its settings")
    func selectFaults() {
        #expect(codes(plan("select", ["columns": ["a": "id"], "drop": ["id"]], posts).faults) == ["select.both"])
        #expect(codes(plan("select", ["drop": ["id", "lang", "likes", "tags"]], posts).faults) == ["select.empty"])
        #expect(codes(plan("select", ["drop": ["lnag"]], posts).faults) == ["schema.column_missing"])
        #expect(plan("select", ["drop": ["lnag"]], posts).faults[0].fault.hint == "did you mean `lang`?")
        #expect(codes(plan("select", ["rename": ["lang": "id"]], posts).faults) == ["schema.duplicate"])
        #expect(codes(plan("select", ["rename": ["x": "y"]], posts).faults) == ["schema.column_missing"])
        #expect(plan("select", ["add": ["a": "nope"]], posts).faults[0].path == ["add", "a"])
    }

    @Test("select needs the columns that it drops, and can be planned on those it needs")
    func selectPaths() {
        func needed(_ settings: Written) -> Set<String>? {
            plan("select", settings, posts).planned?.inputPaths(nil)[0] ?? nil
        }
        #expect(needed(["columns": ["a": "id"]]) == ["id"])
        #expect(needed(["drop": ["lang"]]) == ["id", "lang", "likes", "tags"])
        #expect(needed(["rename": ["lang": "l"], "drop": ["l", "tags"]]) == ["id", "lang", "likes", "tags"])
        #expect(needed(["add": ["x": "id", "lang": "string(id)"], "drop": ["x"]]) == ["id", "likes", "tags"])
    }

    @Test("select loses the key with a column of it")
    func selectKey() {
        let stream = TestStream(Field("a", .int64), Field("b", .int64), key: ["a", "b"], isUpdating: true)
        #expect(plan("select", ["drop": ["a"]], stream).planned?.output.key == [])
        #expect(plan("select", ["rename": ["a": "c"]], stream).planned?.output.key == ["c", "b"])
        #expect(plan("select", ["add": ["a": "b"]], stream).planned?.output.key == [])
        #expect(plan("select", ["drop": ["a"]], stream).planned?.output.isUpdating == true)
    }

    // MARK: unnest

    @Test("unnest makes a row of each element", arguments: [false, true])
    func unnests(hidden: Bool) throws {
        let (planned, faults) = plan("unnest", ["column": "tags", "as": "tag"], posts)
        #expect(faults.isEmpty)
        #expect(planned?.output.schema.fields.map(\.name) == ["id", "lang", "likes", "tag"])
        let bench = try OperatorBench(planned)
        try bench.process(posts.batch(rows, hidden: hidden))
        #expect(
            bench.rows == [
                [1, "en", 10, "a"], [1, "en", 10, "b"], [4, "en", 5, "c"], [5, "", 7, "a"], [5, "", 7, "a"],
            ])
        #expect(bench.frames[0].batch.rowTimes == [0, 0, 3, 4, 4])
        #expect(bench.ledger.filtered == 2 && bench.ledger.folded == 3 && bench.ledger.made == 5)
    }

    @Test("unnest reaches a list inside an object, and may take the list's name")
    func unnestPaths() throws {
        let stream = TestStream(
            Field("o", .struct([Field("tags", .list(.int64))]), isNullable: true), Field("l", .list(.int64)))
        let inner = try OperatorBench(plan("unnest", ["column": "o.tags", "as": "tag"], stream).planned)
        try inner.process(stream.batch([[.members([[1, 2]]), [9]], [nil, [9]]]))
        #expect(inner.rows.map(\.last) == [1, 2])
        let same = try OperatorBench(plan("unnest", ["column": "l", "as": "l"], stream).planned)
        try same.process(stream.batch([[.members([[]]), [7, 8]]]))
        #expect(same.rows.map(\.last) == [7, 8])
    }

    @Test("unnest takes a list column and a name that is free")
    func unnestFaults() {
        #expect(codes(plan("unnest", ["column": "id", "as": "x"], posts).faults) == ["schema.type"])
        #expect(codes(plan("unnest", ["column": "tagz", "as": "x"], posts).faults) == ["schema.column_missing"])
        #expect(codes(plan("unnest", ["column": "tags", "as": "id"], posts).faults) == ["schema.duplicate"])
    }

    // MARK: lookup

    private let table = StaticTable(
        columns: ["ad", "campaign", "owner"],
        rows: [
            ["1", "spring", "ann"], ["2", "summer", nil], ["1", "again", "bob"], ["", "empty", "eve"],
            [nil, "none", "x"],
        ])
    private let views = TestStream(Field("ad", .string, isNullable: true), Field("n", .int64, isNullable: true))

    @Test("lookup adds the columns of the first row with the key", arguments: [false, true])
    func looksUp(hidden: Bool) throws {
        let (planned, faults) = plan("lookup", ["file": "table.csv", "on": ["ad"]], views, table: table)
        #expect(faults.isEmpty)
        #expect(planned?.output.schema.fields.map(\.name) == ["ad", "n", "campaign", "owner"])
        let bench = try OperatorBench(planned)
        try bench.process(views.batch([["1", 1], ["2", 2], ["3", 3], ["", 4], [nil, 5]], hidden: hidden))
        #expect(
            bench.rows == [
                ["1", 1, "spring", "ann"], ["2", 2, "summer", nil], ["3", 3, nil, nil], ["", 4, "empty", "eve"],
                [nil, 5, nil, nil],
            ])
        #expect(bench.ledger.passed == 5)
    }

    @Test("lookup drops or refuses what has no match, if told so", arguments: ["drop", "dead_letter"])
    func lookupMissing(missing: String) throws {
        let settings: Written = [
            "file": "table.csv", "on": ["ad": "n"], "columns": ["campaign"], "missing": .text(missing),
        ]
        let bench = try OperatorBench(plan("lookup", settings, views, table: table).planned)
        try bench.process(views.batch([["x", 1], ["x", 7], ["x", nil], ["x", 2], ["x", 0]]))
        #expect(bench.rows.map(\.last) == ["spring", "summer"])
        #expect(bench.ledger.filtered == (missing == "drop" ? 3 : 0))
        #expect(
            bench.deadLetters.map(\.code) == (missing == "drop" ? [] : Array(repeating: "lookup.missing", count: 3)))
    }

    @Test("lookup finds a null number nowhere, not even at zero")
    func lookupNull() throws {
        let zero = StaticTable(columns: ["ad", "c"], rows: [["0", "zero"]])
        let bench = try OperatorBench(
            plan("lookup", ["file": "table.csv", "on": ["ad": "n"]], views, table: zero).planned)
        try bench.process(views.batch([["x", 0], ["x", nil]]))
        #expect(bench.rows.map { $0[2] } == ["zero", nil])
    }

    @Test("lookup tells keys of several columns apart")
    func lookupKeys() throws {
        let pairs = StaticTable(columns: ["a", "b", "v"], rows: [["x", "yz", "1"], ["xy", "z", "2"]])
        let stream = TestStream(Field("a", .string), Field("b", .string))
        let bench = try OperatorBench(
            plan("lookup", ["file": "table.csv", "on": ["a", "b"]], stream, table: pairs).planned)
        try bench.process(stream.batch([["xy", "z"], ["x", "yz"], ["xyz", ""]]))
        #expect(bench.rows.map { $0[2] } == ["2", "1", nil])
    }

    @Test("lookup says what is wrong with its settings")
    func lookupFaults() {
        let float = TestStream(Field("ad", .float64))
        #expect(
            codes(plan("lookup", ["file": "no.csv", "on": ["ad"]], views, table: table).faults) == ["table.unreadable"])
        #expect(
            codes(plan("lookup", ["file": "table.csv", "on": ["n"]], views, table: table).faults).first
                == "lookup.column_missing")
        #expect(
            codes(plan("lookup", ["file": "table.csv", "on": ["x"]], views, table: table).faults).first
                == "schema.column_missing")
        #expect(
            codes(plan("lookup", ["file": "table.csv", "on": ["ad"]], float, table: table).faults) == [
                "schema.key_type"
            ])
        #expect(
            codes(plan("lookup", ["file": "table.csv", "on": ["ad"], "columns": ["ad"]], views, table: table).faults)
                == ["schema.duplicate"])
    }

    // MARK: union

    @Test("union matches columns by name", arguments: [false, true])
    func unions(hidden: Bool) throws {
        let one = TestStream(Field("a", .int64), Field("b", .string))
        let two = TestStream(Field("b", .string, isNullable: true), Field("a", .int64))
        let (planned, faults) = plan("union", [:], one, two)
        #expect(faults.isEmpty)
        #expect(planned?.output.schema.fields.map(\.isNullable) == [false, true])
        let bench = try OperatorBench(planned)
        try bench.process(one.batch([[1, "x"]], hidden: hidden))
        try bench.process(two.batch([["y", 2], [nil, 3]], hidden: hidden))
        #expect(bench.rows == [[1, "x"], [2, "y"], [3, nil]])
        #expect(bench.ledger.passed == 3)
    }

    @Test("union takes streams of the same columns, and is as updating and as timed as they are")
    func unionFaults() {
        let one = TestStream(Field("a", .int64))
        #expect(codes(plan("union", [:], one, TestStream(Field("a", .string))).faults) == ["schema.mismatch"])
        #expect(
            codes(plan("union", [:], one, TestStream(Field("b", .int64))).faults)
                == ["schema.mismatch", "schema.mismatch"])
        let timeless = TestStream(Field("a", .int64), hasEventTime: false)
        #expect(plan("union", [:], one, timeless).planned?.output.hasEventTime == false)
        let updating = TestStream(Field("a", .int64), key: ["a"], isUpdating: true)
        #expect(plan("union", [:], one, updating).planned?.output.isUpdating == true)
    }
}
