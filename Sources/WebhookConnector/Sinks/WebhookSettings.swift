import Columnar
import Dataflow
import Primitives

/// The settings of a webhook sink, read and checked.
struct WebhookSettings: Sendable {
    enum Format: String, Sendable, CaseIterable {
        case slack, json
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
    /// Nanoseconds after which a message that cannot be delivered is parked.
    var giveUpAfter: Int64
    var allowsPrivate: Bool
    var textColumn: String?
    /// The `type` of an event, for `json`.
    var eventType: String

    static let fields = [
        FieldSpec(
            "url", .string, required: true, doc: "Where to post: http or https.", example: "${ALERT_WEBHOOK_URL}",
            secret: true),
        FieldSpec(
            "format", .choice(Format.allCases.map(\.rawValue)), default: "json",
            doc:
                "`slack`: a message of blocks, within Slack's limits. `json`: the event `{ type, timestamp, data }` of "
                + "Standard Webhooks, the row its data."),
        FieldSpec(
            "secret", .either([.string, .list(.string)]),
            doc: "Signs each message by Standard Webhooks (header `webhook-signature`); several while a secret is "
                + "exchanged for another.", example: "${WEBHOOK_SECRET}", secret: true),
        FieldSpec("headers", .map(.string), doc: "Further headers of each request.", secret: true),
        FieldSpec("type", .string, doc: "The event's `type`; `PIPELINE.SINK` if absent.", example: "alert.raised"),
        FieldSpec(
            "text", .column,
            doc: "For `slack`: the column with the message; an alert's `message` if absent, else all "
                + "columns."),
        FieldSpec(
            "rate", .number(0.001...10_000),
            doc: "Messages a second, at most; 1 for `slack`, as Slack allows, and without limit for `json` if absent."),
        FieldSpec("timeout", .duration, default: "15s", doc: "For how long one attempt waits for its answer."),
        FieldSpec(
            "give_up_after", .duration, default: "24h",
            doc: "For how long a message is tried again before it is parked. Those behind it wait: order is kept."),
        FieldSpec(
            "allow_private", .bool, default: "false",
            doc: "Whether the receiver may be within a private network or on this machine."),
    ]

    static func read(_ settings: Settings, context: String, schema: Schema, _ faults: FaultCollector)
        -> WebhookSettings?
    {
        let format = Format(rawValue: settings["format"]?.string ?? "json") ?? .json
        let allowsPrivate = settings["allow_private"]?.bool ?? false
        let url = settings["url"]
        let parts = WebhookURL(url?.string ?? "")
        if parts == nil {
            faults.report(
                Fault("webhook.url", "this is no http or https URL", hint: "write https://host/path"),
                at: url?.path ?? settings.path)
        } else if let parts, !allowsPrivate, AddressGuard.isPublic(literal: parts.host) == false {
            faults.report(
                Fault(
                    "webhook.private", "the receiver's address is not on the public internet",
                    hint: "if that is meant, write `allow_private: true`"),
                at: url?.path ?? settings.path)
        }
        var secrets: [WebhookSecret] = []
        let given = settings["secret"]
        for entry in given?.list ?? given.map({ [$0] }) ?? [] {
            do throws(Fault) {
                secrets.append(try WebhookSecret(parsing: entry.string ?? ""))
            } catch {
                faults.report(error, at: entry.path)
            }
        }
        let headers = readHeaders(settings["headers"], faults)
        let type = settings["type"]?.string ?? context
        if !type.utf8.allSatisfy(isTypeByte) || type.isEmpty {
            faults.report(
                Fault("webhook.type", "`\(type)` is no event type", hint: "use letters, digits, `_` and `.`"),
                at: settings["type"]?.path ?? settings.path)
        }
        if let text = settings["text"], let name = text.string, schema.resolve(name)?.field.type != .string {
            faults.report(
                Fault(
                    "schema.column_missing", "there is no string column `\(name)`",
                    hint: Spelling.nearest(name, schema.paths).map { "did you mean `\($0)`?" }),
                at: text.path)
        }
        guard let parts, faults.isEmpty else { return nil }
        let rate = settings["rate"]?.number ?? (format == .slack ? 1 : 0)
        return WebhookSettings(
            url: parts.text, place: parts.place, host: parts.host, format: format, secrets: secrets, headers: headers,
            timeout: Int(clamping: max(1, (settings["timeout"]?.duration ?? .seconds(15)).microseconds / 1_000)),
            interval: rate > 0 ? Int64(1e9 / rate) : 0,
            giveUpAfter: (settings["give_up_after"]?.duration ?? .seconds(86_400)).microseconds * 1_000,
            allowsPrivate: allowsPrivate, textColumn: settings["text"]?.string, eventType: type)
    }

    private static func readHeaders(_ settings: Settings?, _ faults: FaultCollector) -> [(name: String, value: String)]
    {
        (settings?.members ?? []).compactMap { name, value in
            let text = value.string ?? ""
            let isToken = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
            guard isToken, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                faults.report(
                    Fault("webhook.header", "`\(name)` cannot be a header", hint: "use one line of text"),
                    at: value.path)
                return nil
            }
            return (name, text)
        }
    }

    private static func isTypeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// The parts of a URL that the sink's own rules need; libcurl reads it whole.
struct WebhookURL {
    let text: String
    let host: String
    /// Scheme and host.
    let place: String

    init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        // Control characters and spaces would let one URL pass for another.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x5C }) else { return nil }
        var authority = text[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        guard !host.isEmpty else { return nil }
        self.text = text
        self.host = String(host)
        place = "\(scheme)://\(authority)"
    }
}
