import Columnar
import Primitives
import Testing

@Suite struct ExpressionPropertyTests {
    static let sources = [
        "lang == 'en'", "lang != 'longer than eight bytes'", "lang == text", "lang < text", "text >= 'b'",
        "has(lang) && lang.startsWith('h') || flag", "flag ? metrics.likes : metrics.shares",
        "flag ? lang : null", "has(flag) ? text : lang", "metrics.likes + metrics.shares", "metrics.likes - 1",
        "metrics.likes * metrics.shares", "metrics.likes / metrics.shares", "metrics.shares % metrics.likes",
        "-metrics.shares", "metrics.likes == author.followers", "metrics.likes != author.followers",
        "metrics.likes > score", "score <= 1.5", "score * 2.0 - 1.0 / score", "score == score", "!flag",
        "author == null", "author.id", "author.id + ':' + text", "size(text) + size(tags)", "tags[metrics.shares]",
        "'a' in tags", "text in tags", "lang in ['en', 'de', 'hello']", "metrics.shares in [1, 2, 10]",
        "tags + [text]", "[text, 'x'] == tags", "tags.exists(t, t == text)", "tags.all(t, size(t) > 1 || flag)",
        "tags.exists_one(t, t == 'a')", "tags.map(t, t + text)", "tags.filter(t, t != lang)",
        "tags.map(t, t.startsWith('h'), t.upperAscii())", "tags.exists(t, tags.all(u, u == t) && text == t)",
        "[1, 2, 3].exists(n, n == metrics.shares)", "[0, 1].all(n, 10 / n > metrics.shares)",
        "tags.exists(t, 1 / size(t) == 1)", "at + duration('1h') > timestamp(0)", "at.getFullYear()",
        "at.getDayOfYear('+02:00')", "string(at)", "string(score)", "string(metrics.likes)", "int(score)", "int(text)",
        "double(text) > 1.0", "bool(text)", "text.contains(lang)", "text.endsWith('o')", "text.matches('^h.*o$')",
        "text.matches(lang)", "text.replace('l', lang)", "text.split('l')", "tags.join(text)", "text.substring(1)",
        "text.indexOf('l', 1)", "text.lastIndexOf('o')", "text.charAt(2)", "text.trim().lowerAscii()",
        "flag && 1 / metrics.shares == 1", "flag || 1 / metrics.shares == 1", "(flag || has(lang)) && lang == 'en'",
        "1 / 0 == metrics.shares && flag", "metrics.shares > 5 ? 1 / metrics.shares : int(text)", "true", "[]",
        "metrics", "author", "bytes(text) == b'a'", "uint(metrics.shares)",
        "math.greatest(metrics.shares, metrics.likes, 5)", "math.least(score, 1.0)", "math.abs(metrics.shares)",
        "math.round(score)", "math.sign(metrics.likes)", "math.sqrt(metrics.shares)", "math.isNaN(score)",
    ]

    @Test("a batch gives for each selected row what the row gives alone", arguments: sources)
    func rowByRow(_ source: String) throws {
        let expression = try CompiledExpression.compile(source, schema: Posts.schema)
        for (seed, rows) in [(1, 0), (2, 1), (3, 63), (4, 64), (5, 65), (6, 200)] as [(UInt64, Int)] {
            let batch = RandomPosts.batch(rows: rows, seed: seed)
            var random = RandomSource(seed: seed)
            let some = (0..<rows).filter { _ in random.below(3) > 0 }.map { UInt32($0) }
            for selection in [nil, SelectionVector(some), SelectionVector([])] {
                try compare(expression, batch.selecting(selection))
            }
        }
    }

    private func compare(_ expression: CompiledExpression, _ batch: RecordBatch) throws {
        let whole = expression.evaluate(batch)
        #expect(whole.column.count == batch.rowCount)
        #expect(whole.column.type == expression.type)
        let selected = expression.type == .bool ? expression.select(batch) : nil
        var kept = Set<Int>()
        if let selected { for row in selected.kept.rows { kept.insert(Int(row)) } }
        var failed = 0
        batch.forEachRow { row in
            let single = batch.selecting(SelectionVector([UInt32(row)])).compacted()
            let alone = expression.evaluate(single)
            #expect(whole.errors?.error(at: row)?.message == alone.errors?.error(at: 0)?.message)
            if alone.errors == nil {
                #expect(show(whole.column, row) == show(alone.column, 0))
                #expect(expression.isNullable || alone.column.isValid(0))
            } else {
                failed += 1
            }
            if selected != nil {
                let isTrue = alone.errors == nil && show(alone.column, 0) == "true"
                #expect(kept.contains(row) == isTrue)
                let isMissing = alone.errors == nil && !alone.column.isValid(0)
                #expect((selected?.errors?.error(at: row) != nil) == (alone.errors != nil || isMissing))
            }
        }
        #expect(whole.errors?.rows.count ?? 0 == failed)
    }

    @Test("mutated expressions are refused or computed, and never trap")
    func mutations() {
        let batch = RandomPosts.batch(rows: 3, seed: 11)
        let alphabet = Array("()[]{}.,'\"`\\+-*/%!=<>&|?:0123456789abexru \n".utf8) + [0, 0xC3, 0xFF]
        var random = RandomSource(seed: 20_260_101)
        var computed = 0
        for _ in 0..<50_000 {
            var bytes = Array(Self.sources[random.below(Self.sources.count)].utf8)
            for _ in 0...random.below(3) {
                let position = random.below(bytes.count + 1)
                switch random.below(5) {
                case 0: bytes.insert(alphabet[random.below(alphabet.count)], at: position)
                case 1 where position < bytes.count: bytes.remove(at: position)
                case 2 where position < bytes.count: bytes[position] = alphabet[random.below(alphabet.count)]
                case 3:
                    let other = Array(Self.sources[random.below(Self.sources.count)].utf8)
                    let start = random.below(other.count)
                    bytes.insert(contentsOf: other[start..<start + random.below(other.count - start + 1)], at: position)
                default: bytes.removeLast(min(bytes.count, random.below(4)))
                }
            }
            let source = String(decoding: bytes, as: UTF8.self)
            do throws(ExpressionFault) {
                let expression = try CompiledExpression.compile(source, schema: Posts.schema)
                _ = expression.evaluate(batch)
                if expression.type == .bool { _ = expression.select(batch) }
                computed += 1
            } catch {
                if error.offset < 0 || error.offset > source.utf8.count || error.message.isEmpty {
                    Issue.record("\(error) for \(source)")
                }
            }
        }
        #expect(computed > 1_000)
    }

    @Test(
        "nesting and size beyond the limits are refused",
        arguments: [
            String(repeating: "(", count: 100_000) + "1", String(repeating: "(", count: 5_000) + "1",
            String(repeating: "[", count: 5_000), String(repeating: "!", count: 5_000) + "flag",
            String(repeating: "-", count: 5_000) + "(1)", "1" + String(repeating: " + 1", count: 5_000),
            String(repeating: "true ? 1 : ", count: 5_000) + "1", "a" + String(repeating: ".a", count: 5_000),
            "a" + String(repeating: "[0]", count: 5_000), "[" + String(repeating: "1,", count: 20_000) + "1]",
            String(repeating: "size(", count: 5_000) + "1",
        ])
    func limits(_ source: String) throws {
        let fault = try #require(throws: ExpressionFault.self) { try CEL.parse(source) }
        #expect(fault.code == "expression.limit")
    }

    @Test("a part is found wherever it lies in texts of every length")
    func searching() throws {
        let schema = Schema([Field("text", .string), Field("part", .string)])
        let texts = ColumnBuilder(.string)
        let parts = ColumnBuilder(.string)
        var expected: [Int64] = []
        // A text of two letters makes many near misses.
        var random = RandomSource(seed: 9)
        for length in 0..<60 {
            for partLength in [0, 1, 2, 3, 5, 16, 17] {
                for _ in 0..<6 {
                    let text = (0..<length).map { _ in UInt8(ascii: "a") + UInt8(random.below(2)) }
                    var part = (0..<partLength).map { _ in UInt8(ascii: "a") + UInt8(random.below(2)) }
                    if partLength <= length, random.below(2) == 0 {
                        let start = random.below(length - partLength + 1)
                        part = Array(text[start..<start + partLength])
                    }
                    texts.append(text)
                    parts.append(part)
                    let places = partLength <= length ? Array(0...length - partLength) : []
                    expected.append(
                        Int64(places.first { text[$0..<$0 + partLength].elementsEqual(part) } ?? -1))
                }
            }
        }
        let batch = RecordBatch(
            schema: schema, columns: [texts.finish(), parts.finish()], rowCount: expected.count)
        let places = try CompiledExpression.compile("text.indexOf(part)", schema: schema).evaluate(batch)
        #expect(SmallColumns.texts(places.column) == expected.map { "\($0)" })
        let found = try CompiledExpression.compile("text.contains(part)", schema: schema).evaluate(batch)
        #expect(SmallColumns.texts(found.column) == expected.map { "\($0 >= 0)" })
    }

    @Test("hundreds of conditions in a row are no nesting")
    func chains() throws {
        for sign in ["||", "&&"] {
            let source = (0..<900).map { "metrics.shares != \($0)" }.joined(separator: " \(sign) ")
            let batch = RandomPosts.batch(rows: 70, seed: 4)
            let kept = try CompiledExpression.compile(source, schema: Posts.schema).select(batch).kept
            let metrics = try #require(batch.columns[4].asStruct)
            let shares = try #require(metrics.children[1].asInt64)
            let expected = (0..<70).filter { sign == "||" || !(0..<900).contains(shares.values[$0]) }
            #expect((0..<kept.count).map { kept[$0] } == expected)
        }
    }

    @Test("results that would not fit a column are errors of their rows, not traps")
    func sizes() throws {
        let long = "'" + String(repeating: "x", count: 20_000) + "'"
        let batch = RandomPosts.batch(rows: 16_384, seed: 3)
        for source in [
            long, "text + \(long)", "[text + \(long), \(long)]", "flag ? \(long) : text", "tags.map(t, \(long))",
            "[\(long)].map(t, t + text)", "['a'].map(t, \(long))",
        ] {
            let result = try CompiledExpression.compile(source, schema: Posts.schema).evaluate(batch)
            #expect(result.errors?.kinds.contains { $0.error.code == "expression.too_large" } == true)
        }
    }
}
