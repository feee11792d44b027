import Columnar
import Glibc
import Primitives
import Testing

/// Run by hand, in release: `MARTLET_SPEED=1 swift test -c release --filter ExpressionSpeed`.
@Suite(.enabled(if: getenv("MARTLET_SPEED") != nil, "set MARTLET_SPEED to measure"))
struct ExpressionSpeed {
    static let rows = 4_096

    static func batch(nulls: Bool) -> RecordBatch {
        let schema = Schema([
            Field("lang", .string, isNullable: nulls), Field("text", .string),
            Field(
                "metrics",
                .struct([
                    Field("likes", .int64, isNullable: nulls), Field("shares", .int64), Field("comments", .int64),
                ]), isNullable: nulls), Field("score", .float64), Field("tags", .list(.string)),
        ])
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        var random = RandomSource(seed: 7)
        for _ in 0..<rows {
            if nulls, random.below(20) == 0 {
                builders[0].appendNull()
            } else {
                builders[0].append(["en", "de", "fr", "en", "pt-BR"][random.below(5)])
            }
            builders[1].append(String(repeating: "lorem ipsum dolor ", count: 3 + random.below(6)) + "martlet")
            for member in 0..<3 {
                if member == 0, nulls, random.below(20) == 0 {
                    builders[2].members[0].appendNull()
                } else {
                    builders[2].members[member].append(Int64(random.below(100_000)))
                }
            }
            builders[2].appendStruct()
            builders[3].append(random.unit())
            for _ in 0..<random.below(4) { builders[4].elements?.append("tag\(random.below(50))") }
            builders[4].appendList()
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: rows)
    }

    @Test("nanoseconds a row", arguments: [false, true])
    func measure(nulls: Bool) throws {
        let batch = Self.batch(nulls: nulls)
        for source in [
            #"lang == "en""#, "lang in ['en', 'de', 'es', 'nl']", "metrics.likes + metrics.shares + metrics.comments",
            "metrics.likes > 1000", "score * 2.0 > 0.5", #"has(lang) && lang == "en" && metrics.shares > 500"#,
            "text.contains('martlet')", "text.matches('(?i)MARTLET')", "'tag7' in tags", "lang + ':' + text",
            "metrics.likes > 1000 ? metrics.shares : 0", "size(text)", "metrics.shares / metrics.comments",
            "tags.exists(t, t == 'tag7')",
        ] {
            guard let expression = try? CompiledExpression.compile(source, schema: batch.schema) else { continue }
            var best = Double.infinity
            var count = 0
            for _ in 0..<200 {
                let start = nanoseconds()
                if expression.type == .bool {
                    count = expression.select(batch).kept.count
                } else {
                    count = expression.evaluate(batch).column.count
                }
                best = min(best, Double(nanoseconds() - start))
            }
            let each = (best / Double(Self.rows) * 100).rounded() / 100
            print("nulls=\(nulls) \(each) ns a row, \(count) rows: \(source)")
        }
    }

    private func nanoseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }
}
