import Columnar
import Dataflow
import Foundation
import Testing

@testable import Formats

/// Not a check: prints what decoding and writing cost, where MARTLET_BENCH names the benchmark's mentions.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MARTLET_BENCH"] != nil, "MARTLET_BENCH names no file"))
struct SpeedTests {
    private static let schema = Schema([
        Field("platform", .string),
        Field("author", .struct([Field("followers", .int64)])),
        Field("created_at", .timestamp),
        Field("brand", .string),
        Field("metrics", .struct([Field("likes", .int64), Field("shares", .int64), Field("comments", .int64)])),
    ])

    /// The file's lines in batches of a few thousand, each followed by readable bytes.
    private static func batches() throws -> [RawRecords] {
        let path = ProcessInfo.processInfo.environment["MARTLET_BENCH"] ?? ""
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count + 64, alignment: 64)
        data.copyBytes(to: bytes)
        var batches: [RawRecords] = []
        var records: [RawRecord] = []
        var start = 0
        func flush() {
            batches.append(
                RawRecords(
                    lane: 0, sequence: Int64(batches.count), origin: "bench", partition: 0, records: records,
                    isPadded: true, release: {}))
            records = []
        }
        while start < data.count {
            let end =
                memchr(bytes.baseAddress! + start, 0x0A, data.count - start).map { $0 - bytes.baseAddress! }
                ?? data.count
            records.append(
                RawRecord(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), offset: Int64(start)))
            if records.count == 4_096 { flush() }
            start = end + 1
        }
        flush()
        return batches
    }

    @Test("decoding the mentions of the benchmark")
    func decoding() throws {
        let batches = try Self.batches()
        let decoder = try JSONColumnDecoder(schema: Self.schema, eventTime: .column("created_at"))
        for round in 0..<5 {
            var rows = 0
            var rejected = 0
            let elapsed = ContinuousClock().measure {
                for batch in batches {
                    let decoded = decoder.decode(batch)
                    rows += decoded.batch.rowCount
                    rejected += decoded.rejected.count
                }
            }
            let nanoseconds = Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9
            print(
                "decode round \(round): \(rows) rows, \(rejected) rejected, \(nanoseconds / Double(rows)) ns a record")
        }
    }

    @Test("writing the same rows")
    func writing() throws {
        let decoder = try JSONColumnDecoder(schema: Self.schema, eventTime: .column("created_at"))
        let batches = try Self.batches().prefix(100).map { decoder.decode($0).batch }
        for times in [TimeStyle.rfc3339, .epochMilliseconds] {
            let writer = JSONRowWriter(schema: Self.schema, times: times)
            for round in 0..<4 {
                var rows = 0
                var bytes = 0
                let elapsed = ContinuousClock().measure {
                    var output: [UInt8] = []
                    for batch in batches {
                        output.removeAll(keepingCapacity: true)
                        writer.append(linesOf: batch, to: &output)
                        rows += batch.rowCount
                        bytes += output.count
                    }
                }
                let nanoseconds =
                    Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9
                print(
                    "write \(times) round \(round): \(rows) rows, \(bytes / rows) bytes a row, \(nanoseconds / Double(rows)) ns a row"
                )
            }
        }
    }
}
