import Columnar
import Dataflow
import Foundation
import Primitives
import Synchronization
import Testing

@testable import WebhookConnector

@Suite("Sending e-mail")
struct EmailTests {
    private static func settings(_ port: Int, _ more: [(String, Settings.Value)] = []) -> Settings {
        let members: [(String, Settings.Value)] =
            more + [
                ("server", .string("smtp://127.0.0.1:\(port)")), ("from", .string("alerts@brand.example")),
                ("to", .list([Settings(.string("a@brand.example")), Settings(.string("b@brand.example"))])),
                ("encryption", .string("none")), ("allow_private", .bool(true)), ("rate", .number(1_000)),
            ]
        return Settings(.object(members.map { ($0.0, Settings($0.1, path: [$0.0])) }))
    }

    private static func sink(_ port: Int, _ seen: Delivery.Seen) throws -> any Sink {
        try EmailSinkFactory().open(
            settings(port), Delivery.context(SystemClock(), seen, schema: Delivery.incidentSchema))
    }

    @Test("messages of an incident are one thread; what the server puts off is sent again, what it refuses is parked")
    func delivers() throws {
        let server = try LoopbackMailServer(["451 try later", "554 no"])
        let seen = Delivery.Seen()
        let sink = try Self.sink(server.port, seen)
        try sink.write(
            Delivery.incidents([("i1", "open", "critical"), ("i2", "open", "warning"), ("i1", "resolve", "critical")]))
        _ = try sink.prepare(epoch: 1)
        try sink.commit(epoch: 1)
        _ = try sink.finish()
        sink.close()
        #expect(sink.counts.committed == 2 && sink.counts.parked == 1 && sink.counts.held == 0)
        #expect(seen.parked.withLock { $0.map(\.code) } == ["webhook.refused"])
        let mails = server.mails
        #expect(mails.allSatisfy { $0.from == "<alerts@brand.example>" })
        #expect(mails.allSatisfy { $0.to == ["<a@brand.example>", "<b@brand.example>"] })
        try #require(mails.count == 2)
        let headers = mails.map { $0.text.components(separatedBy: "\n\n")[0] }
        let threads = headers.filter {
            $0.contains("In-Reply-To: <i1@martlet>") || $0.contains("Message-ID: <i1@martlet>")
        }
        #expect(!threads.isEmpty && headers.allSatisfy { $0.contains("Subject: Crisis: i") })
        let text = mails[0].text.components(separatedBy: "\n\n")[1].replacingOccurrences(of: "\n", with: "")
        let decoded = String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
        #expect(decoded.contains("message ") && decoded.contains("▁▂▁█") && decoded.contains("brand: A & B"))
    }

    @Test("an address within the network is refused unless it is allowed, and nothing can be written into a header")
    func refuses() throws {
        func fault(_ more: [(String, Settings.Value)]) -> String? {
            let faults = FaultCollector()
            _ = DeliverySettings.readEmail(Self.settings(25, more), schema: Delivery.incidentSchema, faults)
            return faults.faults.first?.fault.code
        }
        #expect(fault([]) == nil)
        #expect(fault([("allow_private", .bool(false))]) == "webhook.private")
        #expect(fault([("server", .string("http://mail.example"))]) == "email.server")
        #expect(fault([("from", .string("a@b\r\nBcc: c@d"))]) == "email.address")
        #expect(fault([("to", .list([]))]) == "email.address")
        #expect(fault([("user", .string("ann"))]) == "email.sign_in")
        #expect(fault([("user", .string("ann")), ("password", .string("p"))]) == nil)
        #expect(!MailMessage.encoded("a\r\nBcc: x@y").contains("\n"))
        let long = MailMessage.encoded(String(repeating: "ü", count: 300))
        #expect(long.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 })
    }
}
