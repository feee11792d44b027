import Columnar
import Primitives

/// Batches of random posts, many of whose values are missing or at an edge.
enum RandomPosts {
    static func batch(rows: Int, seed: UInt64) -> RecordBatch {
        var random = RandomSource(seed: seed)
        let builders = Posts.schema.fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rows {
            for (builder, field) in zip(builders, Posts.schema.fields) {
                append(field, to: builder, &random)
            }
        }
        return RecordBatch(schema: Posts.schema, columns: builders.map { $0.finish() }, rowCount: rows)
    }

    static func append(_ field: Field, to builder: ColumnBuilder, _ random: inout RandomSource) {
        if field.isNullable, random.below(3) == 0 { return builder.appendNull() }
        switch field.type {
        case .bool: builder.append(random.below(2) == 0)
        case .int64, .timestamp:
            builder.append(
                [0, 1, -1, 2, 10, 100, .max, .min, 1_700_000_000_000_000, Int64(random.below(50))][random.below(10)])
        case .float64: builder.append([0, -0.0, 1, 0.5, -3.75, 1e300, .infinity, .nan, 2, 7][random.below(10)])
        case .string: builder.append(text(&random))
        case .bytes: builder.append((0..<random.below(4)).map { _ in UInt8(random.below(256)) })
        case .list(let element):
            guard let elements = builder.elements else { return }
            for _ in 0..<random.below(4) { append(Field("", element), to: elements, &random) }
            builder.appendList()
        case .struct(let fields):
            for (member, field) in zip(builder.members, fields) { append(field, to: member, &random) }
            builder.appendStruct()
        }
    }

    private static func text(_ random: inout RandomSource) -> String {
        ["", "en", "de", "a", "b", "c", "hello", "Hello world", "Grüße 👋", "12", "longer than eight bytes"][
            random.below(11)]
    }
}

/// The rows of a batch as text, so that batches can be compared.
func show(_ batch: RecordBatch) -> [String] {
    var rows: [String] = []
    batch.forEachRow { row in rows.append(batch.columns.map { show($0, row) }.joined(separator: "|")) }
    return rows
}
