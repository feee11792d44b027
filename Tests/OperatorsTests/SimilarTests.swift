import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("similar")
struct SimilarTests {
    private let posts = TestStream(Field("id", .string), Field("text", .string, isNullable: true))

    private func bench(_ within: Int64 = 1_000) throws -> OperatorBench {
        let (planned, faults) = plan("similar", ["text": "text", "id": "id", "within": .micros(within)], posts)
        #expect(codes(faults) == [])
        return try OperatorBench(planned)
    }

    private func groups(_ bench: OperatorBench) -> [String?] { bench.rows.map { $0[2].string } }
    private func counts(_ bench: OperatorBench) -> [Int64?] { bench.rows.map { $0[3].int } }

    @Test("what is passed on, linked, shouted or changed by a word is one group, counted")
    func edits() throws {
        let bench = try bench()
        try bench.process(
            posts.batch(
                [
                    ["1", "The new Aurora phone is out today"], ["2", "RT @ann: The new Aurora phone is out today"],
                    ["3", "THE NEW AURORA PHONE IS OUT TODAY!!! https://t.co/x"],
                    ["4", "Something else entirely, my friends"],
                    ["5", "The new Aurora phone is out tomorrow"], ["6", nil],
                    ["7", "the new áurora phone is out today @bob"],
                ], hidden: true))
        #expect(groups(bench) == ["1", "1", "1", "4", "1", nil, "1"])
        #expect(counts(bench) == [1, 2, 3, 1, 4, nil, 5])
        #expect(bench.ledger.passed == 7 && bench.ledger.held == 0)
    }

    @Test("texts that only share common words are groups of their own")
    func different() throws {
        let bench = try bench()
        try bench.process(
            posts.batch([
                ["1", "I love the way this phone looks"], ["2", "I love the way this dog barks at cats"], ["3", "ok"],
                ["4", "no"], ["5", "@a https://x.y"], ["6", "@b https://x.y"],
            ]))
        #expect(groups(bench) == ["1", "2", "3", "4", "5", "6"])
    }

    @Test("rows without a text are in no group, rows without an id begin none")
    func without() throws {
        let posts = TestStream(Field("id", .string, isNullable: true), Field("text", .string, isNullable: true))
        let (planned, faults) = plan("similar", ["text": "text", "id": "id", "within": .micros(1_000)], posts)
        #expect(codes(faults) == [])
        let bench = try OperatorBench(planned)
        try bench.process(
            posts.batch([
                ["1", ""], ["2", ""], ["3", " \n"], ["4", nil], [nil, "the same words"], ["6", "the same words"],
                [nil, "the same words"],
            ]))
        #expect(groups(bench) == [nil, nil, nil, nil, nil, "6", "6"])
        #expect(counts(bench) == [nil, nil, nil, nil, nil, 1, 2])
    }

    @Test("beyond the horizon a text is the first of a new group, and the old one is forgotten")
    func horizon() throws {
        let bench = try bench(1_000)
        try bench.process(posts.batch([["1", "one two three four"]], times: [0]))
        try bench.process(posts.batch([["2", "one two three four"]], times: [1_000]))
        try bench.process(posts.batch([["3", "one two three four"]], times: [1_001]))
        #expect(groups(bench) == ["1", "1", "3"])
        let before = bench.memoryFootprint
        try bench.advance(to: 10_000)
        #expect(bench.memoryFootprint < before)
        try bench.process(posts.batch([["4", "one two three four"]], times: [500]), floor: 10_000)
        #expect(groups(bench).last == "4")
    }

    @Test("frames of a lane are taken in their order")
    func order() throws {
        let (planned, _) = plan("similar", ["text": "text", "id": "id", "within": .seconds(1)], posts)
        guard case .keyed(let keys, let make)? = planned?.placement else {
            Issue.record("rows meet in one place")
            return
        }
        #expect(keys.isEmpty)
        let work = try make(
            SubtaskContext(subtask: 0, subtasks: 2, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] }))
        let output = OperatorOutput(lane: Lane(node: 1, index: 0), relabels: true)
        let lane = Lane(node: 0, index: 0)
        for (sequence, id) in [(1, "b"), (0, "a")] {
            let batch = posts.batch([[.string(id), "the same words again"]])
            try work.process(
                Frame(batch: batch, lane: lane, sequence: Int64(sequence), floor: .distantPast), output)
            #expect(output.ledger.held == (sequence == 1 ? 1 : 0))
        }
        let rows = output.takeFrames().flatMap(\.batch.cells)
        #expect(rows.map { $0[0] } == ["a", "b"])
        #expect(rows.map { $0[2] } == ["a", "a"])
    }

    @Test("settings that cannot work are refused")
    func faults() {
        func found(_ settings: Written, _ stream: TestStream) -> [String] {
            codes(plan("similar", settings, stream).faults)
        }
        #expect(found(["text": "id", "id": "id", "within": .seconds(0)], posts) == ["similar.within"])
        let numbers = TestStream(Field("id", .float64), Field("text", .int64), hasEventTime: false)
        #expect(
            Set(found(["text": "text", "id": "id", "within": .seconds(1)], numbers))
                .isSuperset(of: ["schema.type", "schema.event_time"]))
    }
}
