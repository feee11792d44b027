import Primitives

/// How rows are delivered and to whom, read and checked.
struct DeliverySettings: Sendable {
    /// What a message looks like.
    enum Format: String, Sendable, CaseIterable {
        case slack, json, pagerduty, email
    }

    var url: String
    /// What may be shown of the URL: its path and query are as good as a password.
    var place: String
    var host: String
    var format: Format
    var secrets: [WebhookSecret]
    var headers: [(name: String, value: String)]
    /// Milliseconds for one attempt.
    var timeout: Int
    /// Nanoseconds between two messages, at least; 0: none.
    var interval: Int64
    /// Rows that wait from which on they go as one message; 0: never.
    var digest: Int
    /// Nanoseconds after which a message that cannot be delivered is parked.
    var giveUpAfter: Int64
    var allowsPrivate: Bool
    var textColumn: String?
    /// The `type` of an event, for `json`.
    var eventType = ""
    var links: [LinkTemplate] = []
    /// For Slack's Web API.
    var channel: String?
    /// For PagerDuty.
    var routingKey = ""
    /// For `email`.
    var mail = MailAddresses(from: "", to: [])

    /// Tells this receiver from others, without showing its secrets.
    var identity: String {
        String(Hashing.hash64(url, seed: 0x60E), radix: 16)
    }
}
