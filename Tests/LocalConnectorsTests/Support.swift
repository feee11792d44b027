import Columnar
import Dataflow
import Foundation
import Primitives
import Synchronization

@testable import LocalConnectors

/// A folder of a test's own, deleted with it.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "martlet-local-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    /// What a file holds; `nil` if there is none.
    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func delete(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
}

/// A component's settings, as the reader of pipeline files makes them.
func settings(_ members: [(String, Settings.Value)]) -> Settings {
    Settings(.object(members.map { ($0, Settings($1, path: [$0])) }), path: [])
}

func source(
    _ factory: any SourceFactory, _ members: [(String, Settings.Value)], in folder: Folder,
    positions: [String: String] = [:], untilEnd: Bool = true
) throws -> any Source {
    try factory.open(
        settings(members),
        SourceContext(
            pipeline: "test", name: "lines", clock: SystemClock(), untilEnd: untilEnd, baseDirectory: folder.path,
            positions: positions, report: { _ in }))
}

/// Hands out chunks until there are so many or none is left.
func read(
    _ source: any Source, chunks: Int = .max
) throws -> (texts: [String], rejected: Int, positions: [String: String]) {
    let reader = try source.makeReader(subtask: 0, of: 1, wake: {})
    var texts: [String] = []
    var rejected = 0
    var taken = 0
    reading: while taken < chunks {
        switch try reader.next() {
        case .records(let records):
            texts += records.records.compactMap { $0.bytes.map { String(decoding: $0, as: UTF8.self) } }
            rejected += records.rejected.count
            taken += 1
        case .pending, .caughtUp: continue
        case .end: break reading
        }
    }
    reader.close()
    let positions = reader.positions().map { (source.laneName($0.lane), $0.position) }
    return (texts, rejected, Dictionary(uniqueKeysWithValues: positions))
}

/// The code of the fault that something throws.
func code(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return (error as? Fault)?.code
    }
}
