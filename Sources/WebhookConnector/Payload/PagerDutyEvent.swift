import Formats

/// An event of PagerDuty's Events API v2, within its limits: what exceeds them is cut, since a refusal would tell
/// nobody.
struct PagerDutyEvent {
    // Characters and bytes, by the documentation of the Events API v2.
    static let keyMax = 255
    static let summaryMax = 1_024
    static let bytesMax = 512 << 10

    enum Action: String {
        case trigger, acknowledge, resolve
    }

    var routingKey: String
    var action: Action
    /// The same for all events of one incident.
    var key: String
    var summary: String
    var source: String
    var severity: String
    var timestamp: String
    var component: String
    /// A JSON object.
    var details: [UInt8]
    var links: [(name: String, url: String)]

    /// By the status of an incident; an alert without one triggers.
    static func action(_ status: String?) -> Action {
        switch status {
        case "resolve": .resolve
        case "acknowledge": .acknowledge
        default: .trigger
        }
    }

    /// One of PagerDuty's four.
    static func severity(_ severity: String?) -> String {
        switch severity {
        case "critical", "error", "warning": severity ?? "warning"
        case nil: "warning"
        default: "info"
        }
    }

    /// The request's body.
    func body() -> [UInt8] {
        let whole = body(with: details)
        // A row may hold long texts; the summary says what matters.
        return whole.count <= Self.bytesMax ? whole : body(with: Array("{\"left_out\":\"too large\"}".utf8))
    }

    private func body(with details: [UInt8]) -> [UInt8] {
        var output = Array("{".utf8)
        func append(_ name: String, _ value: String, _ output: inout [UInt8]) {
            if output.last != UInt8(ascii: "{") { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: "\"\(name)\":".utf8)
            JSONText.append(value, to: &output)
        }
        append("routing_key", routingKey, &output)
        append("event_action", action.rawValue, &output)
        append("dedup_key", WireName.short(key, longest: Self.keyMax), &output)
        output.append(contentsOf: ",\"payload\":{".utf8)
        append("summary", SlackMessage.cut(summary.isEmpty ? component : summary, Self.summaryMax), &output)
        append("source", source, &output)
        append("severity", severity, &output)
        append("timestamp", timestamp, &output)
        append("component", component, &output)
        output.append(contentsOf: ",\"custom_details\":".utf8)
        output.append(contentsOf: details)
        output.append(contentsOf: "},\"links\":[".utf8)
        for (index, link) in links.enumerated() {
            output.append(contentsOf: (index > 0 ? ",{" : "{").utf8)
            append("href", link.url, &output)
            append("text", link.name, &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(contentsOf: "],\"client\":\"Martlet\"}".utf8)
        return output
    }
}
