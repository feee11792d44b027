package import Columnar
package import Dataflow
package import Primitives

/// The sink `webhook`: posts each row to a chat or to another service.
package struct WebhookSinkFactory: SinkFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "webhook",
        summary: "Posts each row to a URL: a message for a Slack-style chat, or a signed event.",
        doc:
            "Rows are delivered once they are committed, which the sink asks for within 50 ms; those of one `incident` in "
            + "order (all of them, if there is no such column); each at least once, with a stable id (header "
            + "`webhook-id`; an alert's `alert_id`) by which a receiver drops repeats. What has been delivered is noted "
            + "in the state folder at once, so that a crash repeats the message that was under way and no other. An "
            + "answer of 2xx is a delivery. After 408, 425, 429, 5xx or no answer it is tried again, with exponential "
            + "back-off, full jitter and `Retry-After`; after five failures in a row only now and then, until one "
            + "message arrives. Any other answer parks the row with the receiver's words, and 410 parks all that follow "
            + "too, for as long as the sink has this URL. Redirects are not followed. Addresses that are not on the "
            + "public internet are refused unless `allow_private`. When the run ends, what cannot be delivered soon "
            + "stays in the last checkpoint, from which the next run delivers it; without checkpoints it is parked.",
        kind: .object(DeliverySettings.fields),
        example: "alerts: { from: crises, webhook: { url: \"${ALERT_WEBHOOK_URL}\", format: slack } }")

    package func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        _ = DeliverySettings.read(settings, context: "martlet.sink", schema: schema, faults)
    }

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let faults = FaultCollector()
        let type = Self.eventType(context.pipeline) + "." + Self.eventType(context.name)
        guard let read = DeliverySettings.read(settings, context: type, schema: context.schema, faults) else {
            throw faults.faults.first?.fault ?? Fault("webhook.url", "the webhook's settings are wrong")
        }
        let transport = try CurlTransport(
            url: read.url, timeoutMilliseconds: read.timeout, allowsPrivate: read.allowsPrivate,
            authorities: TrustedAuthorities(settings, baseDirectory: context.baseDirectory))
        return DeliverySink(read, context, transport, journal: DeliveryJournal(context))
    }

    /// A name as a part of an event's type, which has no hyphens.
    private static func eventType(_ name: String) -> String {
        String(name.map { $0 == "-" ? "_" : $0 })
    }
}
