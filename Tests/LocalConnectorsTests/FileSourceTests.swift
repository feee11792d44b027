import Dataflow
import Foundation
import Primitives
import Testing

@testable import LocalConnectors

@Suite("File source")
struct FileSourceTests {
    private static let lines = (0..<60_000).map { "{\"id\":\($0),\"text\":\"a post of some length\"}" }
    private static let text = lines.map { $0 + "\n" }.joined()

    private func open(_ folder: Folder, _ path: String, _ positions: [String: String] = [:]) throws -> any Source {
        try source(FileSourceFactory(), [("path", .string(path))], in: folder, positions: positions)
    }

    @Test("a run that goes on reads exactly what the one before had not handed out", arguments: 0..<5)
    func resumes(chunks: Int) throws {
        let folder = try Folder()
        try folder.write("a.ndjson", Self.text)
        try folder.write("b.ndjson", "{\"id\":-1}\n{\"id\":-2}")
        let first = try read(open(folder, "*.ndjson"), chunks: chunks)
        let rest = try read(open(folder, "*.ndjson", first.positions))
        #expect(first.texts + rest.texts == Self.lines + ["{\"id\":-1}", "{\"id\":-2}"])
        #expect(chunks == 0 || !first.texts.isEmpty)
    }

    @Test("a position names the line, wherever a chunk was cut, and stays the same in another folder")
    func position() throws {
        let folder = try Folder()
        try folder.write("a.ndjson", Self.text)
        let first = try read(open(folder, "a.ndjson"), chunks: 1)
        let bytes = first.texts.reduce(0) { $0 + $1.utf8.count + 1 }
        #expect(first.positions == ["lines": "{\"path\":\"a.ndjson\",\"offset\":\(bytes),\"ended\":false}"])

        let moved = try Folder()
        try moved.write("a.ndjson", Self.text)
        #expect(try read(open(moved, "a.ndjson", first.positions)).texts == Array(Self.lines[first.texts.count...]))
    }

    @Test("files that have been read need not be there any more, those that came are read after")
    func filesComeAndGo() throws {
        let folder = try Folder()
        try folder.write("a.ndjson", "{\"id\":1}\n")
        try folder.write("b.ndjson", "{\"id\":2}\n")
        let first = try read(open(folder, "*.ndjson"))
        #expect(first.texts.count == 2)
        try folder.delete("a.ndjson")
        try folder.delete("b.ndjson")
        try folder.write("c.ndjson", "{\"id\":3}\n")
        #expect(try read(open(folder, "*.ndjson", first.positions)).texts == ["{\"id\":3}"])
    }

    @Test("a file that shrank or vanished before it was read to its end is a fault", arguments: [false, true])
    func changed(isCompressed: Bool) throws {
        let folder = try Folder()
        let name = isCompressed ? "a.ndjson.gz" : "a.ndjson"
        let long = isCompressed ? Array(repeating: Compressed.gzip, count: 4_000).flatMap { $0 } : Array(Self.text.utf8)
        try folder.write(name, long)
        let first = try read(open(folder, name), chunks: 1)
        #expect(first.texts.count > 1_000)

        try folder.write(name, isCompressed ? Compressed.gzip : Array("{\"id\":0}\n".utf8))
        #expect(code { _ = try open(folder, name, first.positions) } == "file.shrunk")
        try folder.write("b.ndjson", "{\"id\":0}\n")
        try folder.delete(name)
        #expect(code { _ = try open(folder, "*.ndjson*", first.positions) } == "file.vanished")
    }

    @Test("compressed files are read on from a line in their middle", arguments: ["gz", "zst"])
    func compressed(kind: String) throws {
        let folder = try Folder()
        let one = kind == "gz" ? Compressed.gzip : Compressed.zstd
        try folder.write("a.\(kind)", Array(repeating: one, count: 8_000).flatMap { $0 })
        let whole = (0..<8_000).flatMap { _ in Compressed.lines }
        let first = try read(open(folder, "a.\(kind)"), chunks: 2)
        #expect(first.texts == Array(whole[..<first.texts.count]) && first.texts.count < whole.count)
        let rest = try read(open(folder, "a.\(kind)", first.positions))
        #expect(first.texts + rest.texts == whole)
    }

    @Test("what is damaged is one dead letter, in all runs together")
    func damaged() throws {
        let folder = try Folder()
        try folder.write("a.gz", Compressed.gzip + Array(Compressed.gzip.dropLast(20)))
        try folder.write("b.ndjson", "{\"id\":-1}\n")
        let first = try read(open(folder, "*"), chunks: 1)
        let rest = try read(open(folder, "*", first.positions))
        #expect(first.rejected + rest.rejected == 1)
        #expect(rest.texts.last == "{\"id\":-1}")
    }

    @Test("a line above the limit is told of once")
    func tooLong() throws {
        let folder = try Folder()
        let long = String(repeating: "x", count: 3 << 20)
        try folder.write("a.ndjson", "{\"id\":1}\n\(long)\n{\"id\":2}\n" + Self.text)
        let open = { (positions: [String: String]) in
            try source(
                FileSourceFactory(), [("path", .string("a.ndjson")), ("max_record", .byteSize(1 << 20))], in: folder,
                positions: positions)
        }
        let whole = try read(open([:]))
        #expect(whole.rejected == 1 && whole.texts.count == Self.lines.count + 2)
        for chunks in 1..<6 {
            let first = try read(open([:]), chunks: chunks)
            let rest = try read(open(first.positions))
            #expect(first.texts + rest.texts == whole.texts)
            #expect(first.rejected + rest.rejected == 1)
        }
    }
}

@Suite("Generator")
struct GeneratorTests {
    @Test("a run that goes on makes the records that follow, of the same stretch of time", arguments: [0, 1, 3])
    func resumes(chunks: Int) throws {
        let folder = try Folder()
        let members: [(String, Settings.Value)] = [("count", .integer(10_000)), ("replay", .bool(true))]
        let first = try read(source(GeneratorSourceFactory(), members, in: folder), chunks: chunks)
        let rest = try read(source(GeneratorSourceFactory(), members, in: folder, positions: first.positions))
        #expect(first.texts.count + rest.texts.count == 10_000)

        let start = try GeneratorPosition(try #require(first.positions["records"])).start
        let whole = try read(
            source(
                GeneratorSourceFactory(), members + [("start", .string(Timestamp.format(start)))], in: folder))
        #expect(first.texts + rest.texts == whole.texts)
    }
}

/// The same 390 bytes as `gzip` and `zstd --check` write them.
enum Compressed {
    static let gzip = base64(
        """
        H4sIAAAAAAACA0XQuw2AQBAD0ZwyqADb/OshoYYTvYOQdi6byG+1bbyv8Zyeof2hClekYq5YKtaKrWKvOBjs02yLcbEu5sW+AIQgCGEYw/1+DG\
        MYwxjGMIYxjBGMYKQ/CSMYwQhGMIKRz3gBnYu4z4YBAAA=
        """)
    static let zstd = base64(
        """
        KLUv/WSGAK0DACQDeyJpZCI6MH0KMTIzNDU2Nzg5MTExMTExMTExMjIyMjIyMjIyMjMzMzMzMzMzMzM5fQonIICT0gNFyi2siHKFLVJOYUWUK0yRco\
        UtUk5hFzkpZ1ZYWRGycmOFiRUJKwdW+KuYt1ki5BJGBDnCECHHCOMQ5ZIx3jA=
        """)
    static let lines = (0..<40).map { "{\"id\":\($0)}" }

    private static func base64(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }
}
