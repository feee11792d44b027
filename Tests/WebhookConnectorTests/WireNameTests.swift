import Columnar
import Dataflow
import Foundation
import Primitives
import Testing

@testable import WebhookConnector

@Suite("Names from data on the wire")
struct WireNameTests {
    private static let names = [
        "i1", "a\r\nX-Evil: 1", "a b", "über", String(repeating: "n", count: 300), "a<b>@c", "",
    ]

    @Test("a name that may stand there stays, any other becomes one that may, and no two become one")
    func replaced() {
        let ways: [((String) -> String, (UInt8) -> Bool)] = [
            (WireName.word, { (0x21...0x7E).contains($0) }), (WireName.atom, { !"\r\n <>@:".utf8.contains($0) }),
        ]
        for (replace, mayStand) in ways {
            let replaced = Self.names.map(replace)
            #expect(replaced[0] == "i1" && Set(replaced).count == Self.names.count)
            #expect(replaced.allSatisfy { !$0.isEmpty && $0.utf8.count <= 255 && $0.utf8.allSatisfy(mayStand) })
        }
        let long = String(repeating: "é", count: 200)
        #expect(WireName.short("über", longest: 255) == "über" && WireName.short(long, longest: 255) != long)
        #expect(WireName.short(long + "a", longest: 255) != WireName.short(long + "b", longest: 255))
    }

    @Test("an alert's id cannot write a header")
    func header() throws {
        let schema = Schema([Field("alert_id", .string)])
        let builder = ColumnBuilder(.string)
        for name in ["v1.2", "a\r\nX-Evil: 1", "a\nb"] { builder.append(name) }
        let delivery = try Delivery([], schema: schema)
        delivery.send(RecordBatch(schema: schema, columns: [builder.finish()], rowCount: 3))
        let ids = delivery.transport.posts.compactMap { $0.headers["webhook-id"] }
        #expect(ids.first == "v1_2" && Set(ids).count == 3)
        #expect(ids.allSatisfy { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    }

    @Test("neither an incident's name nor the receiver's answer can write a line of the journal")
    func journal() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-names-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings: [(String, Settings.Value)] = [
            ("format", .string("slack")), ("channel", .string("C1")), ("digest", .integer(0)),
            ("rate", .number(10_000)),
        ]
        let gone = try Delivery.settings(settings, Delivery.incidentSchema).identity
        let answer = DeliveryResponse.answered(
            status: 200, retryAfterSeconds: nil, body: Array(#"{"ok":true,"ts":"1\ngone \#(gone)"}"#.utf8))
        let first = try Delivery([answer], settings, schema: Delivery.incidentSchema, journal: folder)
        try first.sink.restore(nil, epoch: 0)
        let name = "out of\ngone \(gone)\norder"
        let snapshot = first.send(Delivery.incidents([(name, "open", "warning")]))
        first.clock.advance(milliseconds: 1)
        first.sink.tick()
        let lines = try String(contentsOfFile: "\(folder)/delivered-alerts-1.log", encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("thread name_") && lines[1] == "1:0")

        let second = try Delivery([], settings, schema: Delivery.incidentSchema, journal: folder)
        try second.sink.restore(snapshot, epoch: 1)
        second.send(Delivery.incidents([(name, "resolve", "warning")], from: 1))
        second.pass(seconds: 1)
        #expect(second.transport.posts.count == 1 && second.sink.counts.parked == 0)
        #expect(second.transport.posts.first?.body.contains("thread_ts") == true)
    }
}
