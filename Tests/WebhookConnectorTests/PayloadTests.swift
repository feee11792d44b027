import Columnar
import Dataflow
import Foundation
import Primitives
import Testing

@testable import WebhookConnector

@Suite("What a message looks like")
struct PayloadTests {
    @Test("the test vector of Standard Webhooks")
    func vector() throws {
        let secret = try WebhookSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signature = secret.sign(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("a secret with or without prefix and padding; what is too short or no base64 is refused")
    func secrets() throws {
        let padded = Data(repeating: 7, count: 25).base64EncodedString()
        let bare = padded.replacingOccurrences(of: "=", with: "")
        let body: [UInt8] = [1, 2, 3]
        let signatures = try [padded, bare, "whsec_" + bare].map {
            try WebhookSecret(parsing: $0).sign(id: "a", timestamp: 1, body: body)
        }
        #expect(Set(signatures).count == 1)
        for text in ["", "whsec_", "whsec_MfKQ", "not base64!", Data(repeating: 7, count: 65).base64EncodedString()] {
            #expect(throws: Fault.self) { try WebhookSecret(parsing: text) }
        }
    }

    @Test("an event carries type, time and row, and is signed by every secret")
    func event() throws {
        let secrets = [1, 2].map { byte in
            Settings(.string("whsec_" + Data(repeating: byte, count: 24).base64EncodedString()))
        }
        let delivery = try Delivery([], [("secret", .list(secrets)), ("type", .string("alert.raised"))])
        delivery.send(Delivery.batch(3..<4))
        let post = try #require(delivery.transport.posts.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(post.body.utf8)) as? [String: Any])
        #expect(object["type"] as? String == "alert.raised")
        #expect(object["timestamp"] as? String == "2023-11-14T22:13:20Z")
        #expect((object["data"] as? [String: Any])?["mentions"] as? Int == 3)
        #expect(post.headers["webhook-timestamp"] == "1700000000")
        let expected = try secrets.map {
            try WebhookSecret(parsing: $0.string ?? "").sign(
                id: "alert_3", timestamp: 1_700_000_000, body: Array(post.body.utf8))
        }
        #expect(post.headers["webhook-signature"] == expected.joined(separator: " "))
        #expect(Set(expected).count == 2)
    }

    @Test("a row without an id of its own gets one from its name alone, which no other row has")
    func stableIds() {
        let schema = Schema([Field("brand", .string)])
        let builder = ColumnBuilder(.string)
        builder.append("aurora")
        let batch = RecordBatch(schema: schema, columns: [builder.finish()], rowCount: 1)
        func ids() -> [String] {
            let writer = PayloadWriter(try! Delivery.settings([]), pipeline: "p", sink: "s", schema: schema)
            let names = [(1, 1, 0), (1, 1, 1), (1, 2, 0), (2, 1, 0)].map { RowName(origin: $0, epoch: $1, number: $2) }
            return names.map { name in
                let row = DeliveryQueue.Waiting(
                    batch: batch, row: 0, name: name, incident: "", committedAt: .distantPast)
                return writer.payload(row, MessageThreads()).id
            }
        }
        #expect(ids() == ids())
        #expect(Set(ids()).count == 4)
        #expect(ids().allSatisfy { !$0.contains(".") })
    }

    @Test("a Slack message has blocks, and nothing that people write becomes markup")
    func slack() throws {
        let message = SlackMessage(
            title: "a <b> & c", text: "<!channel> & <https://x|y>", fields: [("brand", "<aurora>")], footer: "now")
        let object = try Self.object(message)
        #expect(object["text"] as? String == "a &lt;b&gt; &amp; c: &lt;!channel&gt; &amp; &lt;https://x|y&gt;")
        let blocks = try #require(object["blocks"] as? [[String: Any]])
        #expect(blocks.map { $0["type"] as? String } == ["header", "section", "context"])
        #expect((blocks[0]["text"] as? [String: String])?["text"] == "a <b> & c")
        #expect((blocks[1]["text"] as? [String: String])?["text"] == "&lt;!channel&gt; &amp; &lt;https://x|y&gt;")
        #expect((blocks[1]["fields"] as? [[String: String]])?.first?["text"] == "*brand*\n&lt;aurora&gt;")
    }

    @Test("a Slack message stays within every limit, whatever it is given")
    func limits() throws {
        for piece in ["x", "&", "é", "👩‍👩‍👧‍👦", "<&>", "\u{0}", "語"] {
            let long = String(repeating: piece, count: 5_000)
            let message = SlackMessage(
                title: long, text: long, fields: (0..<30).map { ("n\($0)" + long, long) }, footer: long)
            let object = try Self.object(message)
            #expect((object["text"] as? String ?? "").utf16.count <= SlackMessage.textMax)
            let blocks = try #require(object["blocks"] as? [[String: Any]])
            #expect(blocks.count <= 50)
            #expect(((blocks[0]["text"] as? [String: String])?["text"] ?? "").utf16.count <= 150)
            #expect(((blocks[1]["text"] as? [String: String])?["text"] ?? "").utf16.count <= 3_000)
            let fields = try #require(blocks[1]["fields"] as? [[String: String]])
            #expect(fields.count == 10)
            #expect(fields.allSatisfy { ($0["text"] ?? "").utf16.count <= 2_000 })
            // No half entity at the cut.
            let text = try #require((blocks[1]["text"] as? [String: String])?["text"])
            let tail = text.dropLast().suffix(4)
            #expect(!tail.contains("&") || tail.contains(";"), "\(piece)")
        }
    }

    @Test("an alert's columns have their places; other rows are lists of names and values")
    func rows() throws {
        let delivery = try Delivery([], [("format", .string("slack"))])
        delivery.send(Delivery.batch(1..<2))
        let body = try #require(delivery.transport.posts.first?.body)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(object["text"] as? String == "Crisis: number 1")
        #expect(body.contains("*mentions*\\n1"))
        #expect(!body.contains("alert_1"))
    }

    private static func object(_ message: SlackMessage) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(message.body())) as? [String: Any])
    }
}
