import Columnar
import Dataflow
import Foundation
import Primitives

@testable import Formats

/// The optional folder of real posts and conformance suites beside the checkout.
enum SharedFolder {
    static let path: String? = {
        let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("../shared").standardizedFileURL.path
        let candidates = [ProcessInfo.processInfo.environment["MARTLET_SHARED"], beside].compactMap { $0 }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/data") }
    }()

    static let missing = "the folder ../shared with real posts and conformance suites is absent"

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: (path ?? "") + "/data/" + name)))
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: 0x0A).map(Array.init).filter { !$0.isEmpty }
    }
}

/// The folder of the checkout.
let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// Records that own their bytes, each at the very end of its own allocation.
func rawRecords(_ payloads: [[UInt8]?], timestamp: Int64? = nil) -> RawRecords {
    var owned: [UnsafeMutableRawBufferPointer] = []
    let records = payloads.enumerated().map { index, payload in
        guard let payload else { return RawRecord(bytes: nil, offset: Int64(index), timestamp: timestamp) }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: payload.count, alignment: 1)
        bytes.copyBytes(from: payload)
        owned.append(bytes)
        return RawRecord(bytes: UnsafeRawBufferPointer(bytes), offset: Int64(index), timestamp: timestamp)
    }
    let allocations = owned
    return RawRecords(
        lane: 0, sequence: 0, origin: "topic", partition: 3, records: records, isPadded: false,
        release: { for allocation in allocations { allocation.deallocate() } })
}

func rawRecords(_ texts: [String], timestamp: Int64? = nil) -> RawRecords {
    rawRecords(texts.map { Array($0.utf8) }, timestamp: timestamp)
}

extension DecodedRecords {
    /// Each row as JSON, in the order of the schema.
    var rows: [String] {
        let writer = JSONRowWriter(schema: batch.schema)
        return (0..<batch.rowCount).map { row in
            var bytes: [UInt8] = []
            writer.append(row: row, of: batch, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    var codes: [String] { rejected.map(\.code) }
    var reasons: [String] { rejected.map(\.reason) }
    var times: [Int64] { (0..<batch.rowCount).compactMap { batch.eventTimes?.values[$0] } }
}

/// A decoder whose event time is the transport's: for tests that are not about time.
func decoder(
    _ fields: [Field], _ origins: [String: JSONColumnOrigin] = [:], eventTime: EventTimeOrigin = .transport
) throws -> JSONColumnDecoder {
    try JSONColumnDecoder(schema: Schema(fields), origins: origins, eventTime: eventTime)
}

func decode(_ fields: [Field], _ texts: [String], _ origins: [String: JSONColumnOrigin] = [:]) throws -> DecodedRecords
{
    try decoder(fields, origins).decode(rawRecords(texts, timestamp: 0))
}

func origin(_ paths: String...) throws -> JSONColumnOrigin {
    JSONColumnOrigin(try paths.map { try JSONPath(parsing: $0) })
}

/// The settings of a pipeline file, for those that need no file.
func settings(_ members: [(String, Settings.Value)]) -> Settings {
    Settings(.object(members.map { (name: $0.0, value: Settings($0.1, path: [$0.0])) }))
}

func mapSettings(_ entries: KeyValuePairs<String, Settings.Value>) -> Settings {
    let members = entries.map { (name: $0.key, value: Settings($0.value, path: ["map", $0.key])) }
    return Settings(.object([(name: "map", value: Settings(.object(members), path: ["map"]))]))
}
