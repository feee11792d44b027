import Primitives
import Testing

@testable import WebhookConnector

@Suite("Posting over the network", .timeLimit(.minutes(1)))
struct TransportTests {
    private static let ok = LoopbackReceiver.Answer.bytes(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    private static func post(
        _ receiver: LoopbackReceiver, allowsPrivate: Bool = true, timeout: Int = 5_000, host: String = "127.0.0.1",
        times: Int = 1
    ) throws -> [DeliveryResponse] {
        let transport = try CurlTransport(
            url: "http://\(host):\(receiver.port)/alerts?x=1", timeoutMilliseconds: timeout,
            allowsPrivate: allowsPrivate)
        let request = DeliveryRequest(headers: [("webhook-id", "a1")], body: Array(#"{"text":"é"}"#.utf8))
        return withExtendedLifetime(receiver) { (0..<times).map { _ in transport.send(request) } }
    }

    @Test("a message arrives as it was sent, and its answer comes back")
    func arrives() throws {
        let receiver = try LoopbackReceiver([Self.ok, Self.ok])
        let responses = try Self.post(receiver, times: 2)
        for response in responses {
            guard case .answered(200, nil, let body) = response else {
                Issue.record("\(response)")
                continue
            }
            #expect(String(decoding: body, as: UTF8.self) == "ok")
        }
        let request = try #require(receiver.requests.first)
        #expect(request.hasPrefix("POST /alerts?x=1 HTTP/1.1\r\n"))
        #expect(request.contains("\r\nwebhook-id: a1\r\n"))
        #expect(!request.lowercased().contains("expect:"))
        #expect(request.hasSuffix("\r\n\r\n{\"text\":\"é\"}"))
    }

    @Test("status and Retry-After are told")
    func retryAfter() throws {
        let receiver = try LoopbackReceiver([
            .bytes("HTTP/1.1 429 Too Many\r\nRetry-After: 17\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        ])
        guard case .answered(429, 17, _)? = try Self.post(receiver).first else {
            Issue.record("no 429")
            return
        }
    }

    @Test("a redirect is an answer and is not followed")
    func redirect() throws {
        let receiver = try LoopbackReceiver([
            .bytes(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        ])
        guard case .answered(302, _, _)? = try Self.post(receiver).first else {
            Issue.record("no 302")
            return
        }
    }

    @Test("an answer without end is cut off, and its status counts")
    func endless() throws {
        let receiver = try LoopbackReceiver([.endless])
        guard case .answered(200, _, let body)? = try Self.post(receiver).first else {
            Issue.record("no 200")
            return
        }
        #expect(body.count == CurlTransport.responseBytesMax)
    }

    @Test("a receiver that says nothing is given up after the timeout")
    func silence() throws {
        let receiver = try LoopbackReceiver([.silence])
        guard case .failed? = try Self.post(receiver, timeout: 300).first else {
            Issue.record("it answered")
            return
        }
    }

    @Test("an address that is not public is refused before anything is sent, also behind a name")
    func guarded() throws {
        let receiver = try LoopbackReceiver([Self.ok])
        for host in ["127.0.0.1", "localhost"] {
            guard case .failed(let reason)? = try Self.post(receiver, allowsPrivate: false, host: host).first else {
                Issue.record("it answered")
                return
            }
            #expect(reason.contains("allow_private"))
        }
        #expect(receiver.requests.isEmpty)
    }
}
