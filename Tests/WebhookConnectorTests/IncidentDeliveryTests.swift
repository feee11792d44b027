import Columnar
import Dataflow
import Foundation
import Primitives
import Synchronization
import Testing

@testable import WebhookConnector

@Suite("Delivering incidents")
struct IncidentDeliveryTests {
    private static func delivery(
        _ answers: [DeliveryResponse], then last: DeliveryResponse = .ok, _ settings: [(String, Settings.Value)] = [],
        journal: String? = nil
    ) throws -> Delivery {
        try Delivery(answers, then: last, settings, schema: Delivery.incidentSchema, journal: journal)
    }

    private static func ids(_ delivery: Delivery) -> [String] {
        delivery.transport.posts.map { $0.headers["webhook-id"] ?? "" }
    }

    private static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    private static func object(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    private static let two: [(incident: String, status: String, severity: String)] = [
        ("a", "open", "warning"), ("b", "open", "critical"), ("a", "escalate", "critical"),
        ("b", "resolve", "critical"),
    ]

    @Test("a message that a receiver stumbles over holds up its own incident and no other")
    func order() throws {
        let delivery = try Self.delivery([.status(500)])
        delivery.send(Delivery.incidents(Self.two))
        #expect(Self.ids(delivery) == ["alert_0", "alert_1", "alert_3"])
        delivery.pass(seconds: 2)
        #expect(Self.ids(delivery) == ["alert_0", "alert_1", "alert_3", "alert_0", "alert_2"])
        #expect(delivery.sink.counts.committed == 4 && delivery.isBalanced)
    }

    @Test("a receiver that fails with everything is left alone, tried with one message, and then served again")
    func breaker() throws {
        let delivery = try Self.delivery(Array(repeating: .status(500), count: 7))
        delivery.send(Delivery.incidents((0..<40).map { ("i\($0)", "open", "warning") }))
        #expect(delivery.transport.posts.count == CircuitBreaker.failuresMax)
        delivery.pass(seconds: 60)
        #expect(delivery.sink.counts.committed == 40 && delivery.isBalanced)
        // The sixth and the seventh went alone.
        let times = delivery.transport.posts.map(\.time)
        #expect(times[5] > times[4] && times[6] > times[5] && times[7] > times[6])
        #expect(delivery.seen.reports.withLock { $0 } == ["webhook.failing", "webhook.back"])
    }

    @Test("what waits for its turn goes as one message, with the worst first, and every row of it counts")
    func digest() throws {
        let delivery = try Self.delivery([], [("format", .string("slack"))])
        var rows = (0..<14).map { ("i\($0)", "open", "warning") }
        rows[9].2 = "critical"
        delivery.send(Delivery.incidents(rows))
        delivery.send(Delivery.incidents([("i3", "resolve", "watch")], from: 14))
        delivery.pass(seconds: 3)
        let texts = try delivery.transport.posts.map { try Self.object($0.body)["text"] as? String ?? "" }
        #expect(texts.count == 2)
        #expect(texts[0].hasPrefix("14 alerts: 14 open: • Crisis: i9: message 9"))
        #expect(texts[0].hasSuffix("and 11 more"))
        #expect(texts[1] == "Crisis: i3: message 14")
        #expect(delivery.sink.counts.committed == 15 && delivery.isBalanced)
    }

    @Test("a digest shows each incident once, as it stands")
    func digestOfUpdates() throws {
        let delivery = try Self.delivery([], [("format", .string("slack")), ("digest", .integer(2))])
        let life = ["open", "update", "update", "resolve"].map { ("i1", $0, "critical") }
        delivery.send(Delivery.incidents(life + [("i2", "open", "warning"), ("i3", "open", "warning")]))
        let text = try Self.object(try #require(delivery.transport.posts.first).body)["text"] as? String ?? ""
        #expect(
            text == "6 alerts: 3 open, 2 update, 1 resolve: • Crisis: i1: message 3\n• Crisis: i3: message 5\n"
                + "• Crisis: i2: message 4")
    }

    @Test("after a crash nothing is delivered again that was noted, also out of order, and threads are known")
    func journal() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let thread = DeliveryResponse.answered(
            status: 200, retryAfterSeconds: nil, body: Array(#"{"ok":true,"ts":"17.5"}"#.utf8))
        let web: [(String, Settings.Value)] = [
            ("format", .string("slack")), ("channel", .string("C1")), ("digest", .integer(0)),
            ("rate", .number(10_000)),
        ]
        let first = try Self.delivery([.status(500), thread], web, journal: folder)
        try first.sink.restore(nil, epoch: 0)
        let snapshot = first.send(Delivery.incidents(Array(Self.two.prefix(3))))
        first.clock.advance(milliseconds: 1)
        first.sink.tick()
        #expect(Self.ids(first) == ["alert_0", "alert_1"])
        // The process is gone here; a line that it was writing is torn.
        let path = "\(folder)/delivered-alerts-1.log"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == "thread b 17.5\n1:1\n")
        try (text + "1:").write(toFile: path, atomically: false, encoding: .utf8)

        let second = try Self.delivery([], web, journal: folder)
        try second.sink.restore(snapshot, epoch: 1)
        #expect(second.sink.counts.received == 2)
        second.send(Delivery.incidents([("b", "resolve", "critical")], from: 3))
        second.pass(seconds: 1)
        #expect(Self.ids(second) == ["alert_0", "alert_2", "alert_3"])
        let last = try Self.object(second.transport.posts[2].body)
        #expect(last["thread_ts"] as? String == "17.5" && last["reply_broadcast"] as? Bool == true)
        #expect(last["channel"] as? String == "C1")
        #expect(second.isBalanced)
        // The next checkpoint holds what is left; older notes are gone.
        second.commit()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["delivered-alerts-2.log"])
    }

    @Test("rows that overtook others are in no later snapshot, and the others keep their names")
    func holes() throws {
        let first = try Delivery([.ok, .status(500), .ok], hasCheckpoints: true, schema: Delivery.incidentSchema)
        first.send(Delivery.incidents([("a", "open", "warning"), ("b", "open", "warning"), ("c", "open", "warning")]))
        let snapshot = first.commit()
        #expect(snapshot.rows.reduce(0) { $0 + $1.rowCount } == 1)
        #expect(String(decoding: snapshot.token, as: UTF8.self).hasSuffix(" 1:1"))
        let second = try Delivery([], hasCheckpoints: true, schema: Delivery.incidentSchema)
        try second.sink.restore(snapshot, epoch: 2)
        second.sink.tick()
        #expect(Self.ids(second) == ["alert_1"])
    }

    @Test("a receiver that has closed its address stays closed after a restart, until the URL is another")
    func gone() throws {
        let first = try Delivery([.status(410)], hasCheckpoints: true)
        first.send(Delivery.batch(0..<1))
        let snapshot = first.commit()
        for (url, count) in [("https://hooks.example/T000/secret", 0), ("https://hooks.example/other", 1)] {
            let next = try Delivery([], [("url", .string(url))], hasCheckpoints: true)
            try next.sink.restore(snapshot, epoch: 2)
            next.send(Delivery.batch(1..<2))
            #expect(next.transport.posts.count == count && next.isBalanced)
        }
    }

    @Test("Slack's Web API says in a body of 200 what it refuses")
    func webAPI() throws {
        func answer(_ body: String) -> DeliveryVerdict {
            .of(.answered(status: 200, retryAfterSeconds: nil, body: Array(body.utf8)))
        }
        #expect(answer("ok") == .delivered(thread: nil))
        #expect(answer(#"{"accepted":1}"#) == .delivered(thread: nil))
        #expect(answer(#"{"ok":false,"error":"channel_not_found"}"#) == .refused(reason: "channel_not_found"))
        #expect(
            answer(#"{"ok":false,"error":"ratelimited"}"#)
                == .again(reason: "ratelimited", retryAfterSeconds: nil, isReceivers: true))
    }

    @Test("PagerDuty gets a trigger, an acknowledgement and a resolution of one key, within its limits")
    func pagerDuty() throws {
        let settings: [(String, Settings.Value)] = [
            ("format", .string("pagerduty")), ("routing_key", .string(String(repeating: "k", count: 32))),
            ("links", .object([("Dash", Settings(.string("https://dash.example/?b={brand}")))])),
        ]
        let delivery = try Self.delivery([], settings)
        let statuses = ["open", "update", "acknowledge", "escalate", "resolve"]
        delivery.send(Delivery.incidents(statuses.map { ("incident_1", $0, "watch") }))
        let events = try delivery.transport.posts.map { try Self.object($0.body) }
        #expect(
            events.map { $0["event_action"] as? String } == [
                "trigger", "trigger", "acknowledge", "trigger", "resolve",
            ])
        #expect(events.allSatisfy { $0["dedup_key"] as? String == "incident_1" })
        let payload = try #require(events[0]["payload"] as? [String: Any])
        #expect(payload["summary"] as? String == "Crisis: incident_1: message 0")
        #expect(payload["severity"] as? String == "info" && payload["source"] as? String == "brand-listening")
        #expect((payload["custom_details"] as? [String: Any])?["alert_id"] as? String == "alert_0")
        #expect((events[0]["links"] as? [[String: String]])?.first?["href"] == "https://dash.example/?b=A%20%26%20B")
        let long = PagerDutyEvent(
            routingKey: "k", action: .trigger, key: String(repeating: "é", count: 400),
            summary: String(repeating: "👩‍👩‍👧‍👦", count: 900), source: "s", severity: "info", timestamp: "t", component: "c",
            details: Array("{\"a\":\"\(String(repeating: "x", count: 600_000))\"}".utf8), links: [])
        let object = try Self.object(String(decoding: long.body(), as: UTF8.self))
        #expect(long.body().count <= PagerDutyEvent.bytesMax)
        #expect((object["dedup_key"] as? String ?? "").utf16.count <= 255)
        #expect(((object["payload"] as? [String: Any])?["summary"] as? String ?? "").utf16.count <= 1_024)
    }

    @Test("a Slack message shows how it went and links that what people write cannot bend")
    func slack() throws {
        let delivery = try Self.delivery(
            [],
            [
                ("format", .string("slack")),
                ("links", .object([("Da|sh>", Settings(.string("https://dash.example/{brand}/x?y=1&z=2")))])),
            ])
        delivery.send(Delivery.incidents([("a", "open", "warning")]))
        let body = try #require(delivery.transport.posts.first?.body)
        let blocks = try #require(try Self.object(body)["blocks"] as? [[String: Any]])
        #expect(blocks.map { $0["type"] as? String } == ["header", "section", "context", "context", "context"])
        let texts = blocks.dropFirst(2).map { (($0["elements"] as? [[String: String]])?.first?["text"]) ?? "" }
        #expect(texts[0] == "▁▂▁█")
        #expect(texts[1] == "<https://dash.example/A%20%26%20B/x?y=1&amp;z=2|Da/sh&gt;>")
        #expect(texts[2].hasPrefix("warning · brand-listening · "))
    }

    @Test("a sparkline has a character for each number")
    func sparklines() {
        #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(Sparkline.text([5, 5, 5]) == "▁▁▁")
        #expect(Sparkline.text([3]) == "" && Sparkline.text([]) == "")
        #expect(Sparkline.text([0, .nan, .infinity, 1]) == "▁  █")
        #expect(Sparkline.text([-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude]) == "▁▁")
    }

    @Test("settings that do not go together")
    func faults() {
        func fault(_ members: [(String, Settings.Value)]) -> String? {
            do throws(Fault) {
                _ = try Delivery.settings(members, Delivery.incidentSchema)
                return nil
            } catch {
                return error.code
            }
        }
        func link(_ url: String) -> [(String, Settings.Value)] {
            [("links", .object([("a", Settings(.string(url)))]))]
        }
        #expect(fault([("format", .string("pagerduty"))]) == "webhook.routing_key")
        #expect(fault([("digest", .integer(3))]) == "webhook.digest")
        #expect(fault(link("javascript:alert(1)")) == "webhook.link")
        #expect(fault(link("https://x/{brnd}")) == "webhook.link")
        #expect(fault(link("https://x/{brand")) == "webhook.link")
        #expect(fault(link("https://x/{brand}")) == nil)
    }
}
