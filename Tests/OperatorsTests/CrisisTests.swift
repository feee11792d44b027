import Columnar
import Dataflow
import Detection
import Primitives
import Testing

@testable import Operators

@Suite("crisis")
struct CrisisTests {
    static let minute: Int64 = 60_000_000
    static let stream = TestStream(
        Field("brand", .string), Field("mood", .float64, isNullable: true), Field("followers", .int64),
        Field("text", .string))
    static let settings: Written = .map([
        ("by", ["brand"]), ("sentiment", "mood"), ("followers", "followers"), ("text", "text"),
    ])

    /// Five days of 60 posts an hour about each brand, and an hour of `burst` posts a minute about one at the end.
    static func batches(burst: Int, negative: Bool, hours: Int = 120, of loud: Cell = "acme") -> [RecordBatch] {
        var random = RandomSource(seed: 7)
        return (0..<hours + 4).map { hour in
            var posts: [(time: Int64, row: [Cell])] = []
            let start = Int64(hour) * 60 * minute
            for _ in 0..<60 {
                for brand in ["acme", "zeta"] {
                    let mood = random.unit() < 0.2 ? -0.5 : 0.5
                    let text = "post \(random.below(1_000_000))"
                    posts.append(
                        (
                            start + Int64(random.below(3_600_000_000)),
                            [.string(brand), .double(mood), 100, .string(text)]
                        ))
                }
            }
            if hour == hours {
                for index in 0..<60 * burst {
                    let time = start + Int64(index) * 60 * minute / Int64(60 * burst)
                    let text = index % 2 == 0 ? "@a they BROKE it https://t.co/x" : "RT @b they broke it"
                    posts.append((time, [loud, negative ? -0.8 : 0.5, 5_000, .string(text)]))
                }
            }
            posts.sort { $0.time < $1.time }
            return stream.batch(posts.map(\.row), times: posts.map(\.time))
        }
    }

    private func run(_ batches: [RecordBatch]) throws -> OperatorBench {
        let (planned, faults) = plan("crisis", Self.settings, Self.stream)
        #expect(faults.isEmpty, "\(faults)")
        let bench = try OperatorBench(planned)
        for (hour, batch) in batches.enumerated() {
            try bench.process(batch)
            try bench.advance(to: Int64(hour + 1) * 60 * Self.minute)
        }
        return bench
    }

    private func value(_ name: String, _ row: [Cell]) -> Cell {
        CrisisFactory.fields.firstIndex { $0.name == name }.map { row[$0] } ?? row[CrisisFactory.fields.count]
    }

    @Test("a burst of angry copies opens an incident within ten minutes, becomes critical, and is resolved")
    func burst() throws {
        let bench = try run(Self.batches(burst: 20, negative: true))
        let rows = bench.rows
        let start = 120 * 60 * Self.minute
        let opened = try #require(rows.first)
        #expect(value("status", opened) == "open" && value("brand", opened) == "acme")
        #expect((value("at", opened).int ?? 0) - start < 10 * Self.minute)
        #expect(rows.contains { value("severity", $0) == "critical" })
        #expect(rows.last.map { value("status", $0) } == "resolve")
        #expect(Set(rows.map { value("incident", $0) }).count == 1)
        #expect(Set(rows.map { value("alert_id", $0) }).count == rows.count)
        #expect(rows.allSatisfy { (value("title", $0).string ?? "").contains(" for acme") })
        let message = value("message", opened).string ?? ""
        #expect(message.contains("× the usual volume") && message.contains("negative against"), "\(message)")
        #expect(message.contains("with the same words"), "\(message)")
        #expect(bench.ledger.folded == 2 * 124 * 60 + 1_200)
    }

    @Test("of brands that share an incident the loud one speaks, to the end", arguments: ["acme", "zeta"] as [Cell])
    func groups(loud: Cell) throws {
        guard case .map(let settings) = Self.settings else { return }
        let life: [(String, Written)] = [
            ("group", []), ("for", .micros(2 * Self.minute)), ("update", .micros(5 * Self.minute)),
        ]
        let planned = plan("crisis", .map(settings + life), Self.stream).planned
        let batches = Self.batches(burst: 20, negative: true, of: loud)
        var seen: [[[Cell]]] = []
        for subtasks in [1, 3] {
            let job = try OperatorJob(planned, Self.stream, delay: 3_600_000_000)
            _ = try job.run(BatchSource([batches], sharesLanes: true, seed: 3), subtasks: subtasks)
            seen.append(job.results.rows.sorted { "\($0)" < "\($1)" })
        }
        #expect(seen[0] == seen[1])
        let statuses = Set(seen[0].map { value("status", $0) })
        #expect(statuses.isSuperset(of: ["open", "update", "resolve"]))
        #expect(seen[0].allSatisfy { value("brand", $0) == loud })
        // The other one has two or so posts in two minutes.
        let during = seen[0].filter { (value("at", $0).int ?? 0) < 121 * 60 * Self.minute }
        #expect(during.count > 5 && during.allSatisfy { (value("posts", $0).int ?? 0) > 20 })
    }

    @Test("usual days raise nothing")
    func quiet() throws {
        #expect(try run(Self.batches(burst: 0, negative: false, hours: 24 * 14)).rows.isEmpty)
    }

    @Test("a replay gives the same rows, at any number of threads", arguments: [1, 3])
    func replay(subtasks: Int) throws {
        let planned = plan("crisis", Self.settings, Self.stream).planned
        let job = try OperatorJob(planned, Self.stream, delay: 3_600_000_000)
        let batches = Self.batches(burst: 20, negative: true)
        _ = try job.run(BatchSource([batches], sharesLanes: true, seed: 3), subtasks: subtasks)
        let other = try OperatorJob(planned, Self.stream, delay: 3_600_000_000)
        _ = try other.run(BatchSource([batches], sharesLanes: true, seed: 4), subtasks: 1)
        #expect(!job.results.rows.isEmpty && Set(job.results.rows) == Set(other.results.rows))
    }

    @Test("the posts that are shown do not depend on the order they came in; of copies the one that reached most")
    func samples() {
        let posts = (0..<200).map { index in
            let text = "\(index % 3 == 0 ? "RT @u\(index): " : "")post \(index % 9) of \(index % 2)"
            return PostSample(reach: Int64(index * 37 % 50), text: text, minute: 0)
        }
        var seen: Set<PostSamples> = []
        for seed in UInt64(0)..<20 {
            var (random, shuffled, samples) = (RandomSource(seed: seed), posts, PostSamples())
            for index in shuffled.indices { shuffled.swapAt(index, random.below(shuffled.count)) }
            for post in shuffled { samples.insert(post, keep: 6) }
            seen.insert(samples)
        }
        #expect(seen.count == 1)
        let best = seen.first?.best ?? []
        #expect(best.count == 6 && Set(best.map(\.fingerprint)).count == 6)
        #expect(best.first?.reach == posts.map(\.reach).max())
        let last = best[5]
        #expect(seen.first?.texts(2, repeated: last.fingerprint) == [last.text, best[0].text])
        #expect(seen.first?.texts(2, repeated: 1) == [best[0].text, best[1].text])
    }

    @Test("texts that differ in case, links, mentions and marks of sharing are one")
    func fingerprints() {
        func hash(_ text: String) -> UInt64 {
            var text = text
            return text.withUTF8 { TextFingerprint.hash($0) }
        }
        #expect(hash("RT @x: They  broke it https://t.co/abc") == hash("they BROKE it"))
        #expect(hash("they broke it") != hash("they brokeit"))
        #expect(hash("") == hash("@only https://example.org"))
    }

    @Test("faults of a file")
    func faults() {
        #expect(
            codes(plan("crisis", .map([("by", ["brand"]), ("sentiment", "text")]), Self.stream).faults)
                == ["schema.type"])
        #expect(
            codes(plan("crisis", .map([("by", ["brand"]), ("quiet", .seconds(1))]), Self.stream).faults)
                == ["crisis.quiet"])
        #expect(
            codes(plan("crisis", .map([("by", ["brand"]), ("text", "mood")]), Self.stream).faults) == ["schema.type"])
    }
}
