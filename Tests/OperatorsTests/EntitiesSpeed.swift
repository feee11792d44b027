import Columnar
import Dataflow
import Foundation
import Operators
import Primitives
import Testing

/// Run by hand, in release: `MARTLET_SPEED=1 swift test -c release --filter EntitiesSpeed`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_SPEED"] != nil, "set MARTLET_SPEED to measure"))
struct EntitiesSpeed {
    @Test("Rows a second of one subtask, with and without a watchlist")
    func rows() throws {
        let texts = (0..<4096).map { number in
            "Just tried the new Brand\(number % 500) shoes, so good 😍 thanks @shop\(number % 90) #run\(number % 40) "
                + "https://t.co/a\(number)"
        }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count } / texts.count
        let table = StaticTable(columns: ["brand"], rows: (0..<10_000).map { ["Brand\($0)"] })
        for table in [nil, table] {
            let run = try EntitiesRun(Schema([Field("text", .string)]), text: "text", table: table)
            let operation = try #require(try run.make())
            let batch = run.batch(texts)
            let lane = Lane(node: 0, index: 0)
            let output = OperatorOutput(lane: lane)
            var best = Duration.seconds(100)
            for sequence in 0..<200 {
                let frame = Frame(batch: batch, lane: lane, sequence: Int64(sequence), floor: .distantPast)
                best = min(best, try ContinuousClock().measure { try operation.process(frame, output) })
                _ = output.takeFrames()
            }
            let seconds = Double(best.components.attoseconds) / 1e18
            print(
                "\(Int(Double(texts.count) / seconds)) rows/s of \(bytes) bytes, watchlist: \(table?.rows.count ?? 0)")
        }
    }
}
