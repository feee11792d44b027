import Columnar
import Primitives
import Testing

@testable import Formats

@Suite("lines of JSON")
struct JSONLinesTests {
    private static let fields = [
        Field("n", .int64, isNullable: true), Field("s", .string, isNullable: true),
        Field("at", .timestamp, isNullable: true), Field("x", .float64, isNullable: true),
        Field("b", .bool, isNullable: true), Field("raw", .bytes, isNullable: true),
        Field("tags", .list(.string)), Field("in \"quotes\"", .struct([Field("m", .int64)])),
    ]
    private static let numbers: [Int64] = [0, 9, 10, -1, 99, 100, .max, .min, 1_234_567_890_123_456_789]
    private static let times: [Int64] = [
        0, 1, -1, 1_000, 999_999, 1_000_000, 1_436_918_400_123_000, 1_436_918_400_123_456, 1_436_918_400_999_000, .max,
        .min,
    ]

    private static func text(_ random: inout RandomSource) -> String {
        let letters: [Character] = ["a", "b", "\"", "\\", "\n", "\u{1}", "é", "😀", " ", "\u{7F}", "!", "#", "z"]
        // Mostly plain, so that runs of eight are found whole.
        return String((0..<random.below(40)).map { _ in letters[random.below(4) == 0 ? random.below(13) : 0] })
    }

    private static func batch(_ rows: Int, _ random: inout RandomSource) -> RecordBatch {
        let builders = fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rows {
            builders[0].append(numbers[random.below(numbers.count)])
            builders[1].append(text(&random))
            builders[2].append(times[random.below(times.count)])
            builders[3].append([0.5, -3, 1e300, .nan][random.below(4)])
            builders[4].append(random.below(2) == 0)
            builders[5].append([[0xFF, 1], Array("text".utf8)][random.below(2)])
            for _ in 0..<random.below(3) { builders[6].elements?.append(text(&random)) }
            builders[6].appendList()
            builders[7].members[0].append(numbers[random.below(numbers.count)])
            builders[7].appendStruct()
            for builder in builders[..<6] where random.below(5) == 0 {
                builder.truncate(to: builder.count - 1)
                builder.appendNull()
            }
        }
        return RecordBatch(schema: Schema(fields), columns: builders.map { $0.finish() }, rowCount: rows)
    }

    @Test("each line is what a row is by itself", arguments: TimeStyle.allCases)
    func lines(times: TimeStyle) {
        let writer = JSONRowWriter(schema: Schema(Self.fields), times: times)
        let lines = JSONLines(schema: Schema(Self.fields), times: times)
        for seed in UInt64(0)..<20 {
            var random = RandomSource(seed: seed)
            var batch = Self.batch(random.below(300), &random)
            if seed % 2 == 1 {
                var kept = SelectionBuilder(capacity: batch.rowCount)
                for row in 0..<batch.rowCount where random.below(3) > 0 { kept.append(row) }
                batch = batch.filtered(kept.finish())
            }
            var expected = Array("before".utf8)
            batch.forEachRow { row in
                writer.append(row: row, of: batch, to: &expected)
                expected.append(0x0A)
            }
            var found = Array("before".utf8)
            lines.append(batch, to: &found)
            #expect(found == expected, "seed \(seed)")
        }
    }

    @Test("a row of large values has room, and so has one without columns")
    func sizes() {
        let builder = ColumnBuilder(.string)
        let large = String(repeating: "\u{1}", count: 1 << 18)
        for text in ["", large, "x"] { builder.append(text) }
        let schema = Schema([Field("s", .string)])
        let batch = RecordBatch(schema: schema, columns: [builder.finish()], rowCount: 3)
        var found: [UInt8] = []
        JSONLines(schema: schema).append(batch, to: &found)
        let escaped = String(repeating: "\\u0001", count: 1 << 18)
        #expect(String(decoding: found, as: UTF8.self) == "{\"s\":\"\"}\n{\"s\":\"\(escaped)\"}\n{\"s\":\"x\"}\n")
        found = []
        let empty = RecordBatch(schema: Schema([]), columns: [], rowCount: 2)
        JSONLines(schema: Schema([])).append(empty, to: &found)
        #expect(found == Array("{}\n{}\n".utf8))
    }
}
