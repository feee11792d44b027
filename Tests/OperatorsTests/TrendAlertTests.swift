import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("alert behind trend")
struct TrendAlertTests {
    private static let stream = TestStream(Field("tag", .string))

    /// Windows of 100: two terms that come as usual and burst, one after the other, among twenty that do not.
    private static let mentions: [(quake: Int, fire: Int)] =
        Array(repeating: (3, 3), count: 8) + [(30, 3), (80, 3), (600, 50), (20, 3), (3, 3), (3, 3), (3, 3)]

    private static func batches(_ random: inout RandomSource) -> [RecordBatch] {
        mentions.enumerated().flatMap { window, counts -> [RecordBatch] in
            var tags = Array(repeating: "quake", count: counts.quake) + Array(repeating: "fire", count: counts.fire)
            for other in 0..<20 { tags += Array(repeating: "usual\(other)", count: 4) }
            for index in tags.indices { tags.swapAt(index, random.below(tags.count)) }
            let half = tags.count / 2
            return [Array(tags[..<half]), Array(tags[half...])].enumerated().map { part, tags in
                stream.batch(
                    tags.map { [.string($0)] },
                    times: tags.indices.map { Int64(window * 100 + part * 50 + $0 * 50 / tags.count) })
            }
        }
    }

    private static func run(seed: UInt64, subtasks: Int) throws -> [[Cell]] {
        var random = RandomSource(seed: seed)
        let (trend, faults) = plan("trend", ["window": .micros(100), "term": "tag"], stream)
        #expect(faults.isEmpty, "\(faults)")
        var job = try OperatorJob(trend, stream, delay: 10)
        try job.append(
            "alert",
            [
                "when": "score > 8", "resolve": "score < 4", "by": ["term"],
                "escalate": ["critical": "score > 20 && mentions > 100"], "value": "mentions",
                "quiet": .micros(100), "update": .micros(100), "cooldown": .micros(0),
                "message": "{term}: {mentions} mentions, {growth} times the usual",
            ])
        _ = try job.run(BatchSource([batches(&random)], sharesLanes: true, seed: seed), subtasks: subtasks)
        return job.results.rows.sorted { "\($0)" < "\($1)" }
    }

    private static func value(_ name: String, _ row: [Cell]) -> Cell {
        IncidentRows.fields.firstIndex { $0.name == name }.map { row[$0] } ?? row[IncidentRows.fields.count]
    }

    @Test("a term's burst is one incident with its whole life, and a replay tells the same under the same ids")
    func life() throws {
        let rows = try Self.run(seed: 1, subtasks: 1)
        func told(_ term: Cell) -> [[Cell]] {
            rows.filter { Self.value("term", $0) == term }.sorted {
                (Self.value("at", $0).int ?? 0) < (Self.value("at", $1).int ?? 0)
            }
        }
        let (quake, fire) = (told("quake"), told("fire"))
        #expect(rows.count == quake.count + fire.count)
        #expect(quake.map { Self.value("status", $0) } == ["open", "update", "escalate", "resolve"])
        #expect(quake.map { Self.value("at", $0) } == [899, 999, 1_099, 1_199])
        #expect(quake.map { Self.value("severity", $0) } == ["warning", "warning", "critical", "critical"])
        #expect(Self.value("message", quake[0]) == "quake: 30 mentions, 10 times the usual")
        #expect(fire.map { Self.value("status", $0) } == ["open", "resolve"])
        #expect(fire.map { Self.value("at", $0) } == [1_099, 1_199])
        let incidents = [quake, fire].map { Set($0.map { Self.value("incident", $0) }) }
        #expect(incidents.allSatisfy { $0.count == 1 } && incidents[0] != incidents[1])
        #expect(Set(rows.map { Self.value("alert_id", $0) }).count == rows.count)
        for subtasks in 1...3 {
            #expect(
                try Self.run(seed: 7, subtasks: subtasks) == rows, "the posts of a part of a window in another order")
        }
    }
}
