import Formats
import Hummingbird
import NIOCore
import Primitives

/// What stands in for a chat service in `dev`: takes whatever is posted, and tells.
struct AlertReceiver: Sendable {
    static let path = "/alerts"
    private static let bodyBytesMax = 1 << 20

    /// Told the text of each message that arrives.
    let show: @Sendable (String) -> Void

    func add(to router: Router<BasicRequestContext>) {
        router.post("\(Self.path)") { request, _ in
            let body = try await request.body.collect(upTo: Self.bodyBytesMax)
            show(Self.text(of: Array(body.readableBytesView)))
            return StatusRoutes.response("ok", "text/plain")
        }
    }

    /// What a person would read of a message: Slack's `text`, an event's `data.message`, else all of it.
    static func text(of body: [UInt8]) -> String {
        guard case .object(let members)? = try? JSONValue.parse(body) else {
            return String(decoding: body, as: UTF8.self)
        }
        if let text = string("text", members) { return text }
        if case .object(let data)? = members.first(where: { $0.name == "data" })?.value,
            let message = string("message", data)
        {
            return message
        }
        return String(decoding: body, as: UTF8.self)
    }

    private static func string(_ name: String, _ members: [JSONValue.Member]) -> String? {
        guard case .string(let text)? = members.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}
