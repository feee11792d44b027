import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("Chains of operators")
struct ChainTests {
    private let stream = TestStream(
        Field("id", .string), Field("brand", .string, isNullable: true), Field("likes", .int64, isNullable: true),
        Field("tags", .list(.string)))

    /// Frames of one file: posts out of order, a third of them repeated, some of them far too late.
    private func frames(_ seed: UInt64) -> [RecordBatch] {
        var random = RandomSource(seed: seed)
        var posts: [(cells: [Cell], time: Int64)] = []
        var frames: [RecordBatch] = []
        for frame in 0..<80 {
            var part: [(cells: [Cell], time: Int64)] = []
            for _ in 0..<random.below(25) {
                if random.below(3) == 0, !posts.isEmpty {
                    part.append(posts[random.below(posts.count)])
                    continue
                }
                let tags = (0..<random.below(4)).map { _ in Cell.string("t\(random.below(5))") }
                let late = random.below(20) == 0 ? Int64(random.below(800)) : Int64(random.below(60))
                part.append(
                    (
                        [
                            .string("p\(posts.count + part.count)-\(frame)"),
                            random.below(5) == 0 ? nil : .string("b\(random.below(4))"),
                            random.below(7) == 0 ? nil : .int(Int64(random.below(50))), .list(tags),
                        ], Int64(frame * 20) - late
                    ))
            }
            posts += part
            frames.append(stream.batch(part.map(\.cells), times: part.map(\.time)))
        }
        return frames
    }

    private func job() throws -> OperatorJob {
        let (first, _) = plan("dedupe", ["by": ["id"], "within": .micros(100)], stream)
        var job = try OperatorJob(first, stream, delay: 30)
        try job.append("filter", "!has(brand) || brand != 'b3'")
        try job.append("select", ["columns": ["brand": "brand", "score": "100 / likes", "tags": "tags"]])
        try job.append("unnest", ["column": "tags", "as": "tag"])
        return job
    }

    private func outcome(_ job: OperatorJob, _ seed: UInt64, _ subtasks: Int) throws -> [[String]] {
        let source = BatchSource([frames(seed)], sharesLanes: true, seed: seed &* 77 &+ UInt64(subtasks))
        let ledger = try job.run(source, subtasks: subtasks)
        return [
            job.results.rows.map { "\($0)" }.sorted(), job.late.rows.map { "\($0)" }.sorted(),
            job.deadLetters.rows.map { "\($0)" }.sorted(), ledger.operators.map { "\($0)" },
        ]
    }

    @Test(
        "the whole way of a post gives the same results, late rows, dead letters and counts at any number of threads",
        arguments: 0..<5)
    func sameAtAnyThreads(seed: UInt64) throws {
        func chain(_ window: Written) throws -> OperatorJob {
            var job = try job()
            try job.append(
                "aggregate",
                [
                    "window": window, "by": ["brand", "tag"],
                    "columns": ["rows": "count()", "score": "sum(score)", "tags": "count_distinct(tag)"],
                ])
            try job.append(
                "alert",
                ["when": "rows > 3", "by": ["tag"], "cooldown": .micros(0), "message": "{brand} {tag}: {rows}"])
            return job
        }
        for window: Written in [
            ["tumbling": .micros(40)], ["hopping": ["size": .micros(50), "every": .micros(20)]],
            ["cumulative": ["size": .micros(120), "step": .micros(30)]],
        ] {
            let expected = try outcome(chain(window), seed, 1)
            #expect(!expected[0].isEmpty && !expected[1].isEmpty && !expected[2].isEmpty)
            for subtasks in 2...4 {
                let found = try outcome(chain(window), seed, subtasks)
                for part in 0..<4 { #expect(found[part] == expected[part], "\(window) at \(subtasks)") }
            }
        }
    }
}
