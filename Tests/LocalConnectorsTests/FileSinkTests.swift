import Columnar
import Dataflow
import Foundation
import Glibc
import Primitives
import Testing

@testable import LocalConnectors

@Suite("File sink")
struct FileSinkTests {
    private static let schema = Schema([Field("id", .int64)])

    private static func rows(_ ids: Range<Int64>) -> RecordBatch {
        let builder = ColumnBuilder(.int64)
        for id in ids { builder.append(id) }
        return RecordBatch(schema: schema, columns: [builder.finish()], rowCount: ids.count)
    }

    private static func text(_ ids: Range<Int64>) -> String { ids.map { "{\"id\":\($0)}\n" }.joined() }

    private func open(
        _ folder: Folder, rotate: Int64? = nil, path: String = "out.ndjson", hasCheckpoints: Bool = true
    ) throws -> any Sink {
        var members: [(String, Settings.Value)] = [("path", .string(path))]
        if let rotate { members.append(("rotate", .byteSize(rotate))) }
        return try FileSinkFactory().open(
            settings(members),
            SinkContext(
                pipeline: "test", name: "out", clock: SystemClock(), seed: 1, baseDirectory: folder.path,
                schema: Self.schema, key: [], hasCheckpoints: hasCheckpoints, isStopping: { false }, report: { _ in },
                park: { _ in }))
    }

    @Test("a run that goes on cuts the file back to what its checkpoint had committed")
    func cutBack() throws {
        let folder = try Folder()
        let first = try open(folder)
        try first.restore(nil, epoch: 0)
        try first.write(Self.rows(0..<100))
        let snapshot = try first.prepare(epoch: 1)
        try first.commit(epoch: 1)
        #expect(first.counts.committed == 100)
        // More than the buffer, so that some of it is in the file when the run dies.
        try first.write(Self.rows(100..<200_000))
        #expect(try #require(folder.text("out.ndjson")).utf8.count > Self.text(0..<100).utf8.count)
        first.close()

        let second = try open(folder)
        try second.restore(snapshot, epoch: 1)
        #expect(folder.text("out.ndjson") == Self.text(0..<100))
        try second.write(Self.rows(100..<150))
        _ = try second.prepare(epoch: 2)
        try second.commit(epoch: 2)
        second.close()
        #expect(folder.text("out.ndjson") == Self.text(0..<150))
    }

    @Test("without checkpoints every run starts the file anew")
    func unchecked() throws {
        let folder = try Folder()
        try folder.write("out.ndjson", "of an earlier run, and longer\n")
        let sink = try open(folder, hasCheckpoints: false)
        #expect(folder.text("out.ndjson") == "")
        try sink.write(Self.rows(0..<2))
        _ = try sink.prepare(epoch: 1)
        sink.close()
        #expect(folder.text("out.ndjson") == Self.text(0..<2))
    }

    @Test("a run that starts anew starts the file anew, but not before it starts")
    func anew() throws {
        let folder = try Folder()
        try folder.write("out.ndjson", "old\n")
        let sink = try open(folder)
        #expect(folder.text("out.ndjson") == "old\n")
        try sink.restore(nil, epoch: 3)
        #expect(folder.text("out.ndjson")?.isEmpty == true)
    }

    @Test("a file that lost committed rows, or is gone, is a fault", arguments: [true, false])
    func lost(isDeleted: Bool) throws {
        let folder = try Folder()
        let first = try open(folder)
        try first.restore(nil, epoch: 0)
        try first.write(Self.rows(0..<100))
        let snapshot = try first.prepare(epoch: 1)
        try first.commit(epoch: 1)
        first.close()
        if isDeleted { try folder.delete("out.ndjson") } else { try folder.write("out.ndjson", Self.text(0..<99)) }
        #expect(code { try open(folder).restore(snapshot, epoch: 1) } == "file.cut_off")
    }

    @Test("a full file is renamed by the commit, once, whether the run lives to it or not", arguments: [false, true])
    func rotation(diesBeforeCommit: Bool) throws {
        let folder = try Folder()
        // What an earlier run left under the same name is not mistaken for this run's.
        try folder.write("out.ndjson.1", "an older file\n")
        let first = try open(folder, rotate: 500)
        try first.restore(nil, epoch: 0)
        try first.write(Self.rows(0..<100))
        #expect(first.wantsCommit)
        let snapshot = try first.prepare(epoch: 1)
        if !diesBeforeCommit {
            try first.commit(epoch: 1)
            #expect(!first.wantsCommit)
            // Rows of an epoch that no checkpoint has seen.
            try first.write(Self.rows(900..<200_000))
            first.close()
        }

        let second = try open(folder, rotate: 500)
        try second.restore(snapshot, epoch: 1)
        #expect(folder.text("out.ndjson.1") == Self.text(0..<100))
        #expect(folder.text("out.ndjson")?.isEmpty == true)
        try second.write(Self.rows(100..<110))
        let next = try second.prepare(epoch: 2)
        try second.commit(epoch: 2)
        second.close()
        let third = try open(folder, rotate: 500)
        try third.restore(next, epoch: 2)
        #expect(folder.text("out.ndjson") == Self.text(100..<110))
        #expect(folder.names == ["out.ndjson", "out.ndjson.1"])
    }

    @Test("whatever runs die at, the files hold every row once, in order", arguments: UInt64(0)..<12)
    func deaths(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let folder = try Folder()
        let rotate: Int64? = seed % 2 == 0 ? 2_000 : nil
        var durable: (snapshot: SinkSnapshot?, epoch: Int64, position: Int64) = (nil, 0, 0)
        for run in 0..<12 {
            let sink = try open(folder, rotate: rotate)
            try sink.restore(durable.snapshot, epoch: durable.epoch)
            for _ in 0..<(run == 11 ? 0 : random.below(5)) {
                let end = durable.position + Int64(random.below(200))
                try sink.write(Self.rows(durable.position..<end))
                if random.below(5) == 0 {
                    // More than is kept in memory.
                    try sink.write(Self.rows(end..<end + 60_000))
                    break
                }
                let snapshot = try sink.prepare(epoch: durable.epoch + 1)
                if random.below(5) == 0 { break }
                durable = (snapshot, durable.epoch + 1, end)
                if random.below(5) == 0 { break }
                try sink.commit(epoch: durable.epoch)
            }
            sink.close()
        }
        let full = folder.names.compactMap { Int($0.dropFirst("out.ndjson.".count)) }.sorted()
        #expect(full == Array(1..<full.count + 1))
        #expect(rotate == nil || full.count > 1)
        let text = full.map { folder.text("out.ndjson.\($0)") ?? "" }.joined() + (folder.text("out.ndjson") ?? "")
        #expect(text == Self.text(0..<durable.position), "seed \(seed)")
    }

    @Test("a pipe takes rows and has nothing to cut back")
    func pipe() throws {
        let folder = try Folder()
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        let reading = Glibc.open("\(folder.path)/pipe", O_RDONLY | O_NONBLOCK)
        defer { Glibc.close(reading) }
        let first = try open(folder, path: "pipe")
        try first.restore(nil, epoch: 0)
        try first.write(Self.rows(0..<3))
        let snapshot = try first.prepare(epoch: 1)
        try first.commit(epoch: 1)
        first.close()
        let second = try open(folder, path: "pipe")
        try second.restore(snapshot, epoch: 1)
        try second.write(Self.rows(3..<4))
        _ = try second.prepare(epoch: 2)
        var bytes = [UInt8](repeating: 0, count: 1_000)
        let count = Glibc.read(reading, &bytes, bytes.count)
        #expect(String(decoding: bytes[..<max(0, count)], as: UTF8.self) == Self.text(0..<4))
        second.close()
    }
}
