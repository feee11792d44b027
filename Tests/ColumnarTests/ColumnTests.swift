import Columnar
import Primitives
import Testing

@Suite struct ColumnTests {
    typealias Small = SmallColumns

    @Test("a builder gives back every row, also when it is used again", arguments: Small.kinds)
    func building(_ kind: Small.Kind) {
        let builder = ColumnBuilder(kind.type, capacity: 1)
        for rows in Small.sequences(kind, upTo: 5) {
            for row in rows { Small.append(row, to: builder) }
            let column = builder.finish()
            #expect(column.type == kind.type)
            #expect(Small.texts(column) == Small.texts(rows, kind))
            #expect(builder.count == 0)
        }
    }

    @Test("rows taken back leave no trace, even halfway through a value", arguments: Small.kinds)
    func truncating(_ kind: Small.Kind) {
        for rows in Small.sequences(kind, upTo: 4) {
            for kept in 0...rows.count {
                let builder = ColumnBuilder(kind.type, capacity: 1)
                for row in rows { Small.append(row, to: builder) }
                if kind.type == .string { builder.appendPart(UnsafeBufferPointer(start: nil, count: 0)) }
                if case .list(.string) = kind.type { builder.elements?.append("open") }
                builder.truncate(to: kept)
                #expect(builder.count == kept)
                let rest = [kind.values[1], .null]
                for row in rest { Small.append(row, to: builder) }
                #expect(Small.texts(builder.finish()) == Small.texts(Array(rows[..<kept]) + rest, kind))
            }
        }
    }

    @Test("taking rows in any order gives those rows", arguments: Small.kinds)
    func taking(_ kind: Small.Kind) {
        for rows in Small.sequences(kind, upTo: 3) {
            let column = Small.column(kind, rows)
            var picks: [[UInt32]] = [[]]
            var last = picks
            for _ in 0..<3 {
                last = last.flatMap { pick in rows.indices.map { pick + [UInt32($0)] } }
                picks += last
            }
            for pick in picks {
                let taken = pick.withUnsafeBufferPointer { column.take($0) }
                #expect(Small.texts(taken) == Small.texts(pick.map { rows[Int($0)] }, kind))
            }
        }
    }

    @Test("batches end to end hold the selected rows of each", arguments: Small.kinds)
    func concatenating(_ kind: Small.Kind) {
        let schema = Schema([Field("x", kind.type, isNullable: true)])
        let sequences = Small.sequences(kind, upTo: 2)
        for first in sequences {
            for second in sequences {
                for mask in 0..<4 {
                    let kept = first.indices.filter { mask >> $0 & 1 != 0 }
                    let batches = [
                        RecordBatch(
                            schema: schema, columns: [Small.column(kind, first)], rowCount: first.count,
                            selection: SelectionVector(kept.map { UInt32($0) })),
                        RecordBatch(schema: schema, columns: [Small.column(kind, second)], rowCount: second.count),
                    ]
                    let joined = RecordBatch.concatenate(batches, schema: schema)
                    #expect(show(joined) == Small.texts(kept.map { first[$0] } + second, kind))
                }
            }
        }
        #expect(RecordBatch.concatenate([], schema: schema).rowCount == 0)
    }

    @Test("a member of a missing struct is missing")
    func masking() throws {
        let schema = Schema([
            Field(
                "s", .struct([Field("t", .struct([Field("x", .int64, isNullable: true)]), isNullable: true)]),
                isNullable: true)
        ])
        let builder = ColumnBuilder(schema.fields[0].type)
        let inner = builder.members[0]
        builder.appendNull()
        inner.appendNull()
        builder.appendStruct()
        inner.members[0].appendNull()
        inner.appendStruct()
        builder.appendStruct()
        inner.members[0].append(Int64(9))
        inner.appendStruct()
        builder.appendStruct()
        let batch = RecordBatch(schema: schema, columns: [builder.finish()], rowCount: 4)
        let path = try #require(schema.resolve("s.t.x"))
        #expect(path.field.isNullable)
        #expect(SmallColumns.texts(batch.column(at: path)) == ["null", "null", "null", "9"])
        #expect(schema.resolve("s.t.y") == nil && schema.resolve("s..x") == nil && schema.resolve("") == nil)
        #expect(schema.paths == ["s", "s.t", "s.t.x"])
    }

    @Test("filtering keeps the selected rows, whether they are copied or not")
    func filtering() {
        for rows in [0, 1, 63, 64, 65, 130] {
            let batch = RandomPosts.batch(rows: rows, seed: UInt64(rows))
            let all = show(batch)
            for step in [1, 2, 5, 64] {
                let kept = stride(from: 0, to: rows, by: step).map { UInt32($0) }
                let filtered = batch.filtered(SelectionVector(kept))
                #expect(filtered.selectedCount == kept.count)
                #expect(show(filtered) == kept.map { all[Int($0)] })
                #expect(show(filtered.compacted()) == kept.map { all[Int($0)] })
            }
        }
        #expect(show(RecordBatch.empty(Posts.schema)).isEmpty)
    }

    @Test("rows have equal keys exactly if their values are equal, and keys read back")
    func rowKeys() {
        let fields = [
            Field("a", .string, isNullable: true), Field("b", .int64, isNullable: true),
            Field("c", .bool, isNullable: true), Field("d", .float64, isNullable: true), Field("e", .bytes),
        ]
        let schema = Schema(fields)
        var random = RandomSource(seed: 5)
        let builders = fields.map { ColumnBuilder($0.type) }
        for _ in 0..<300 {
            // A small alphabet, so that rows do repeat; a value may hold what looks like the start of another.
            if random.below(3) == 0 {
                builders[0].appendNull()
            } else {
                builders[0].append(["", "\u{0}", "\u{1}a", String(repeating: "k", count: 400)][random.below(4)])
            }
            if random.below(3) == 0 {
                builders[1].appendNull()
            } else {
                builders[1].append(Int64([0, 1, 256][random.below(3)]))
            }
            if random.below(3) == 0 { builders[2].appendNull() } else { builders[2].append(random.below(2) == 0) }
            if random.below(3) == 0 {
                builders[3].appendNull()
            } else {
                builders[3].append([0.0, 1.5][random.below(2)])
            }
            builders[4].append([UInt8](repeating: 1, count: random.below(2)))
        }
        let batch = RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: 300)
        var encoder = RowKeyEncoder(batch.columns)
        defer { encoder.deallocate() }
        let keys = (0..<300).map { Array(encoder.encode($0)) }
        let texts = show(batch)
        for left in 0..<300 {
            for right in 0..<300 where (keys[left] == keys[right]) != (texts[left] == texts[right]) {
                Issue.record("rows \(left) and \(right)")
            }
        }
        let decoded = fields.map { ColumnBuilder($0.type) }
        for key in keys { key.withUnsafeBytes { RowKeyDecoder.decode($0, into: decoded) } }
        let copy = RecordBatch(schema: schema, columns: decoded.map { $0.finish() }, rowCount: 300)
        #expect(show(copy) == texts)
    }

    @Test("zeros of both signs have one key, and all NaNs have one")
    func canonicalKeys() {
        let builder = ColumnBuilder(.float64)
        for value in [0.0, -0.0, .nan, -.nan, .signalingNaN, 1] { builder.append(value) }
        var encoder = RowKeyEncoder([builder.finish()])
        defer { encoder.deallocate() }
        let keys = (0..<6).map { Array(encoder.encode($0)) }
        #expect(keys[0] == keys[1] && keys[2] == keys[3] && keys[3] == keys[4])
        #expect(Set(keys).count == 3)
    }

    @Test("the nearest name is a slip away, or none")
    func spelling() {
        let names = ["author.id", "text", "lang", "metrics.likes"]
        #expect(Spelling.nearest("auther.id", names) == "author.id")
        #expect(Spelling.nearest("tetx", names) == "text")
        #expect(Spelling.nearest("metric.like", names) == "metrics.likes")
        #expect(Spelling.nearest("zzz", names) == nil)
        #expect(Spelling.nearest("", names) == nil)
        #expect(Spelling.nearest("text", ["text"]) == nil)
    }
}
