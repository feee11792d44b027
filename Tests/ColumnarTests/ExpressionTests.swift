import Columnar
import Testing

/// Compiles an expression against a schema of everyday columns and computes it.
struct Posts {
    static let schema = Schema([
        Field("id", .string), Field("lang", .string, isNullable: true), Field("text", .string),
        Field(
            "author", .struct([Field("id", .string), Field("followers", .int64, isNullable: true)]), isNullable: true),
        Field("metrics", .struct([Field("likes", .int64, isNullable: true), Field("shares", .int64)])),
        Field("score", .float64), Field("tags", .list(.string)), Field("at", .timestamp),
        Field("flag", .bool, isNullable: true),
    ])

    /// Four posts; the third lacks whatever may be lacking.
    static let batch: RecordBatch = {
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for row in 0..<4 {
            builders[0].append("p\(row)")
            if row == 2 { builders[1].appendNull() } else { builders[1].append(["en", "de", "", "en"][row]) }
            builders[2].append(["Hello world", "Grüße 👋", "", "hello again"][row])
            if row == 2 {
                builders[3].appendNull()
            } else {
                builders[3].members[0].append("a\(row)")
                if row == 1 {
                    builders[3].members[1].appendNull()
                } else {
                    builders[3].members[1].append(Int64(row * 100))
                }
                builders[3].appendStruct()
            }
            if row == 2 { builders[4].members[0].appendNull() } else { builders[4].members[0].append(Int64(row)) }
            builders[4].members[1].append(Int64(10 - row))
            builders[4].appendStruct()
            builders[5].append([0.5, -1, 2.25, 1e300][row])
            for tag in [["a", "b"], [], ["b"], ["c", "a", "a"]][row] { builders[6].elements?.append(tag) }
            builders[6].appendList()
            builders[7].append(Int64(row) * 3_600_000_000)
            if row == 2 { builders[8].appendNull() } else { builders[8].append(row == 0) }
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: 4)
    }()

    /// Each row as text: its value, `null`, or `!` with the message of its error.
    static func rows(_ source: String, _ batch: RecordBatch = batch) throws -> [String] {
        let expression = try CompiledExpression.compile(source, schema: schema)
        let result = expression.evaluate(batch)
        #expect(result.column.count == batch.rowCount)
        #expect(result.column.type == expression.type)
        var texts: [String] = []
        batch.forEachRow { row in
            if let error = result.errors?.error(at: row) {
                texts.append("!\(error.message)")
            } else {
                texts.append(show(result.column, row))
            }
        }
        return texts
    }
}

/// A value as text.
func show(_ column: Column, _ row: Int) -> String {
    guard column.isValid(row) else { return "null" }
    switch column {
    case .bool(let column): return "\(column[row])"
    case .int64(let column): return "\(column.values[row])"
    case .timestamp(let column): return "t\(column.values[row])"
    case .float64(let column): return "\(column.values[row])"
    case .string(let column): return column.string(row)
    case .bytes(let column): return "\(Array(column[row]))"
    case .list(let column): return "[" + column[row].map { show(column.elements, $0) }.joined(separator: ",") + "]"
    case .struct(let column): return "{" + column.children.map { show($0, row) }.joined(separator: ",") + "}"
    }
}

@Suite struct ExpressionTests {
    @Test(
        "everyday expressions give a value for each row",
        arguments: [
            ("lang == \"en\"", ["true", "false", "false", "true"]),
            ("lang != 'en'", ["false", "true", "true", "false"]),
            ("lang == null", ["false", "false", "true", "false"]),
            ("has(lang) && lang.startsWith('e')", ["true", "false", "false", "true"]),
            ("lang.startsWith('e')", ["true", "false", "!`lang` has no value", "true"]),
            ("metrics.likes + metrics.shares", ["10", "10", "!`metrics.likes` has no value", "10"]),
            ("10 / metrics.likes", ["!division by zero", "10", "!`metrics.likes` has no value", "3"]),
            ("metrics.likes", ["0", "1", "null", "3"]),
            ("author.followers", ["0", "null", "null", "300"]),
            ("author[\"id\"]", ["a0", "a1", "null", "a3"]),
            ("has(author.followers)", ["true", "false", "false", "true"]),
            ("author == null", ["false", "false", "true", "false"]),
            ("author.followers == metrics.likes", ["true", "false", "true", "false"]),
            ("author.followers != metrics.likes", ["false", "true", "false", "true"]),
            ("size(text)", ["11", "7", "0", "11"]),
            ("text.size() > 7 ? 'long' : 'short'", ["long", "short", "short", "long"]),
            ("has(author.followers) ? author.followers : -1", ["0", "-1", "-1", "300"]),
            ("metrics.shares > 8 ? null : lang", ["null", "null", "null", "en"]),
            ("text.contains('o') && text.matches('(?i)^HELLO')", ["true", "false", "false", "true"]),
            ("lang in ['en', 'fr']", ["true", "false", "!`lang` has no value", "true"]),
            ("'a' in tags", ["true", "false", "false", "true"]),
            ("tags[0]", ["a", "!index out of range", "b", "c"]),
            ("size(tags) == 0 || tags[0] == 'a'", ["true", "true", "false", "false"]),
            ("tags + ['z']", ["[a,b,z]", "[z]", "[b,z]", "[c,a,a,z]"]),
            ("score < metrics.shares", ["true", "true", "true", "false"]),
            ("score * 2.0 + 1.0 > 2.0", ["false", "false", "true", "true"]),
            ("at.getHours()", ["0", "1", "2", "3"]),
            ("at - timestamp('1970-01-01T00:00:00Z') >= duration('1h30m')", ["false", "false", "true", "true"]),
            ("at + duration('1s')", ["t1000000", "t3601000000", "t7201000000", "t10801000000"]),
            ("flag", ["true", "false", "null", "false"]),
            ("flag || metrics.shares < 9", ["true", "false", "true", "true"]),
            ("flag && metrics.shares > 9", ["true", "false", "false", "false"]),
            ("!flag", ["false", "true", "!`flag` has no value", "true"]),
            ("string(metrics.likes) + '/' + id", ["0/p0", "1/p1", "!`metrics.likes` has no value", "3/p3"]),
            ("int(score)", ["0", "-1", "2", "!value cannot be converted"]),
            (
                "metrics.shares * 1000000000000000000",
                [
                    "!integer overflow", "9000000000000000000", "8000000000000000000", "7000000000000000000",
                ]
            ),
            ("[metrics.shares, 1][0]", ["10", "9", "8", "7"]),
            ("'x'", ["x", "x", "x", "x"]),
            (
                "1 / 0 == 1 || metrics.shares == 9",
                ["!division by zero", "true", "!division by zero", "!division by zero"]
            ),
        ])
    func everyday(_ source: String, _ expected: [String]) throws {
        #expect(try Posts.rows(source) == expected)
    }

    @Test("rows that are not selected show no errors")
    func selection() throws {
        let batch = Posts.batch.selecting(SelectionVector([1, 3]))
        #expect(try Posts.rows("10 / metrics.likes", batch) == ["10", "3"])
        let expression = try CompiledExpression.compile("10 / metrics.likes > 2", schema: Posts.schema)
        #expect(expression.evaluate(batch).errors == nil)
        let (kept, errors) = expression.select(batch)
        #expect(Array(kept.rows) == [1, 3] && errors == nil)
        let (all, allErrors) = expression.select(Posts.batch)
        #expect(Array(all.rows) == [1, 3])
        #expect(allErrors.map { Array($0.rows.rows) } == [0, 2])
    }

    @Test(
        "faults say what is wrong, where, and what to do",
        arguments: [
            ("auther.id == 'x'", "expression.column_missing", 0, "did you mean `author.id`?"),
            ("lang = 'en'", "expression.syntax", 5, "equality is `==`"),
            ("metrics.likes + 1.5", "expression.type", 14, "use `double(x)` or `int(x)`"),
            ("text.startWith('x')", "expression.function_missing", 5, "did you mean `startsWith`?"),
            ("text.matches('(')", "expression.pattern", 13, "patterns have RE2's syntax"),
            ("lang == 5", "expression.type", 5, "use `int(x)` or `string(x)`"),
            ("text && true", "expression.type", 0, "compare the value with something"),
            ("'abc", "expression.syntax", 0, "close it with the quote it begins with"),
            ("99999999999999999999", "expression.range", 0, "write it as a double, with `.0`"),
            ("'a' in text", "expression.type", 4, "use `text.contains(part)`"),
        ])
    func faults(_ source: String, _ code: String, _ offset: Int, _ hint: String) throws {
        let fault = try #require(throws: ExpressionFault.self) {
            try CompiledExpression.compile(source, schema: Posts.schema)
        }
        #expect(fault.code == code)
        #expect(fault.offset == offset)
        #expect(fault.hint == hint)
    }

    @Test("the columns read are known before and after compiling")
    func paths() throws {
        let source = "metrics.likes > 1 && author['id'] == lang && tags.exists(lang, lang == text)"
        let parsed = try CEL.parse(source)
        let read = ["metrics.likes", "author.id", "lang", "tags", "text"]
        #expect(parsed.referencedPaths(in: Posts.schema).map(\.field.name) == read)
        let compiled = try CompiledExpression.compile(node: parsed.root, schema: Posts.schema)
        #expect(compiled.fieldPaths.map(\.field.name) == read)
        #expect(compiled.paths == Set(read))
        let call = try #require(try CEL.parse("avg(score * 2.0)").root.call)
        #expect(call.name == "avg" && call.arguments.count == 1)
        #expect(call.arguments[0].referencedPaths(in: Posts.schema).map(\.field.name) == ["score"])
        #expect(try CEL.parse("author.id").root.path == "author.id")
    }

    @Test("an error on one side of a condition does not matter where the other side decides")
    func absorption() throws {
        // Every pair of true, false, a missing value and a division by zero, against the table of CEL's definition.
        let schema = Schema([Field("a", .int64, isNullable: true), Field("b", .int64, isNullable: true)])
        let inputs: [Int64?] = [1, -1, nil, 0]
        let builders = [ColumnBuilder(.int64), ColumnBuilder(.int64)]
        var rows: [(Bool?, Bool?)] = []
        for _ in 0..<5 {
            for left in inputs {
                for right in inputs {
                    for (builder, value) in zip(builders, [left, right]) {
                        if let value { builder.append(value) } else { builder.appendNull() }
                    }
                    rows.append((left == 0 ? nil : left.map { $0 > 0 }, right == 0 ? nil : right.map { $0 > 0 }))
                }
            }
        }
        let batch = RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: rows.count)
        let (a, b) = ("(10 / a > 0)", "(10 / b > 0)")
        let tables: [(String, (Bool?, Bool?) -> Bool?)] = [
            ("\(a) && \(b)", { $0 == false || $1 == false ? false : ($0 == nil || $1 == nil ? nil : true) }),
            ("\(a) || \(b)", { $0 == true || $1 == true ? true : ($0 == nil || $1 == nil ? nil : false) }),
            ("!(\(a) && !\(b))", { $0 == false || $1 == true ? true : ($0 == nil || $1 == nil ? nil : false) }),
            ("\(a) ? \(b) : true", { $0 == nil ? nil : ($0 == true ? $1 : true) }),
            ("\(a) ? false : \(b)", { $0 == nil ? nil : ($0 == true ? false : $1) }),
            ("(\(a) && \(b)) || \(b)", { $1 == true ? true : ($1 == nil ? nil : false) }),
        ]
        for (source, table) in tables {
            let expression = try CompiledExpression.compile(source, schema: schema)
            let result = expression.evaluate(batch)
            for (row, (left, right)) in rows.enumerated() {
                let value = result.errors?.error(at: row) == nil ? result.column.asBool?[row] : nil
                #expect(value == table(left, right), "\(source) of \(String(describing: (left, right)))")
            }
            let kept = rows.indices.filter { table(rows[$0].0, rows[$0].1) == true }
            let selected = expression.select(batch).kept
            #expect((0..<selected.count).map { selected[$0] } == kept)
        }
    }

    @Test("a filter tells which condition had no value")
    func missingCondition() throws {
        let expression = try CompiledExpression.compile("flag", schema: Posts.schema)
        let errors = try #require(expression.select(Posts.batch).errors)
        #expect(errors.error(at: 2) == RowError("expression.no_value", "`flag` has no value"))
        #expect(errors.error(at: 1) == nil)
    }
}
