import Columnar
import Dataflow
import Primitives

/// Reads the settings of a `webhook`.
extension DeliverySettings {
    static let fields = [
        FieldSpec(
            "url", .string, required: true, doc: "Where to post: http or https.", example: "${ALERT_WEBHOOK_URL}",
            secret: true),
        FieldSpec(
            "format", .choice(Format.allCases.filter { $0 != .email }.map(\.rawValue)), default: "json",
            doc:
                "`slack`: a message of blocks, within Slack's limits. `json`: the event `{ type, timestamp, data }` of "
                + "Standard Webhooks, the row its data. `pagerduty`: an event of the Events API v2, which triggers, "
                + "acknowledges and resolves by the row's `status`, its `incident` the `dedup_key`."),
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
            "channel", .string,
            doc: "For `slack` with the Web API (`url: https://slack.com/api/chat.postMessage` and the bot's token in "
                + "`headers`): where to write. Messages of one incident are then one thread."),
        FieldSpec(
            "routing_key", .string, doc: "For `pagerduty`: the integration's key, of 32 characters.", secret: true),
        FieldSpec(
            "links", .map(.string),
            doc: "For `slack` and `pagerduty`: URLs by their names, with columns in braces.",
            example: "{ Dashboard: 'https://dash.example/brand?name={brand}' }"),
        FieldSpec(
            "rate", .number(0.001...10_000),
            doc: "Messages a second, at most; 1 for `slack`, as Slack allows, and without limit for others if absent."),
        FieldSpec(
            "digest", .integer(0...1_000),
            doc:
                "For `slack`: from so many waiting messages on they go as one, which says how many and shows the three "
                + "worst; 5 if absent, 0 for never."),
        TrustedAuthorities.field,
        FieldSpec("timeout", .duration, default: "15s", doc: "For how long one attempt waits for its answer."),
        FieldSpec(
            "give_up_after", .duration, default: "24h",
            doc: "For how long a message is tried again before it is parked. Those behind it that are about the same "
                + "incident wait: order is kept."),
        FieldSpec(
            "allow_private", .bool, default: "false",
            doc: "Whether the receiver may be within a private network or on this machine."),
    ]

    static func read(_ settings: Settings, context: String, schema: Schema, _ faults: FaultCollector)
        -> DeliverySettings?
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
        let links = readLinks(settings["links"], schema, faults)
        let routingKey = readRoutingKey(settings, format, faults)
        let digest = readDigest(settings["digest"], format, faults)
        guard let parts, faults.isEmpty else { return nil }
        let rate = settings["rate"]?.number ?? (format == .slack ? 1 : 0)
        return DeliverySettings(
            url: parts.text, place: parts.place, host: parts.host, format: format, secrets: secrets, headers: headers,
            timeout: Int(clamping: max(1, (settings["timeout"]?.duration ?? .seconds(15)).microseconds / 1_000)),
            interval: rate > 0 ? Int64(1e9 / rate) : 0, digest: digest,
            giveUpAfter: (settings["give_up_after"]?.duration ?? .seconds(86_400)).microseconds * 1_000,
            allowsPrivate: allowsPrivate, textColumn: settings["text"]?.string, eventType: type, links: links,
            channel: settings["channel"]?.string, routingKey: routingKey)
    }

    private static func readDigest(_ setting: Settings?, _ format: Format, _ faults: FaultCollector) -> Int {
        guard let setting, let count = setting.integer else { return format == .slack ? 5 : 0 }
        if count > 0, format != .slack {
            faults.report(
                Fault("webhook.digest", "only messages for people are put together", hint: "leave `digest` out"),
                at: setting.path)
        }
        return count == 1 ? 2 : Int(count)
    }

    private static func readRoutingKey(_ settings: Settings, _ format: Format, _ faults: FaultCollector) -> String {
        let key = settings["routing_key"]?.string ?? ""
        let isGood = key.utf8.count == 32 && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if format == .pagerduty, !isGood {
            faults.report(
                Fault(
                    "webhook.routing_key", "PagerDuty needs a `routing_key` of 32 characters",
                    hint: "copy it from the service's integration, Events API v2"),
                at: settings["routing_key"]?.path ?? settings.path)
        }
        return key
    }

    static func readLinks(_ settings: Settings?, _ schema: Schema, _ faults: FaultCollector) -> [LinkTemplate] {
        (settings?.members ?? []).compactMap { name, value in
            do throws(Fault) {
                return try LinkTemplate(name: name, parsing: value.string ?? "", columns: schema.paths)
            } catch {
                faults.report(error, at: value.path)
                return nil
            }
        }
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
