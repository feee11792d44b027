import Formats

/// A message for a Slack-style incoming webhook, kept within Slack's limits: beyond them it answers 400 and shows
/// nothing.
struct SlackMessage: Sendable {
    // Characters, by Slack's documentation of Block Kit and of incoming webhooks.
    static let headerMax = 150
    static let sectionMax = 3_000
    static let fieldMax = 2_000
    static let fieldsMax = 10
    static let textMax = 4_000
    /// Of our own.
    static let linksMax = 10

    /// A headline; empty: none.
    var title: String
    var text: String
    var fields: [(name: String, value: String)]
    /// Small print: where and when.
    var footer: String
    /// How what is measured went lately, as text; empty: nothing is known of that.
    var sparkline = ""
    var links: [(name: String, url: String)] = []
    /// The Web API wants to know the channel; a webhook knows its own.
    var channel: String?
    /// The message under which this one is hung; the Web API tells its name.
    var thread: String?
    /// Whether those who do not follow the thread see it too.
    var isForAll = false

    init(title: String, text: String, fields: [(name: String, value: String)], footer: String) {
        self.title = title
        self.text = text
        self.fields = fields
        self.footer = footer
    }

    /// The request's body.
    func body() -> [UInt8] {
        var output: [UInt8] = []
        let fallback = title.isEmpty ? text : "\(title): \(text)"
        output.append(contentsOf: "{\"text\":".utf8)
        JSONText.append(Self.cut(Self.escaped(fallback), Self.textMax), to: &output)
        appendPlace(&output)
        output.append(contentsOf: ",\"blocks\":[".utf8)
        if !title.isEmpty {
            // A header is plain text: nothing in it is markup, so nothing is escaped.
            output.append(contentsOf: "{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":".utf8)
            JSONText.append(Self.cut(title, Self.headerMax), to: &output)
            output.append(contentsOf: "}},".utf8)
        }
        output.append(contentsOf: "{\"type\":\"section\",\"text\":".utf8)
        Self.append(markup: text.isEmpty ? "–" : text, Self.sectionMax, &output)
        if !fields.isEmpty {
            output.append(contentsOf: ",\"fields\":[".utf8)
            for (index, field) in fields.prefix(Self.fieldsMax).enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.append(bold: field.name, field.value, &output)
            }
            output.append(UInt8(ascii: "]"))
        }
        output.append(contentsOf: "}".utf8)
        if !sparkline.isEmpty { Self.append(context: Self.escaped(sparkline), &output) }
        let links = self.links.prefix(Self.linksMax).map { "<\(Self.escaped($0.url))|\(Self.label($0.name))>" }
        if !links.isEmpty {
            // Half a link would be none: those that do not fit are left out.
            var line = ""
            for link in links where line.utf16.count + link.utf16.count + 3 <= Self.fieldMax {
                line += (line.isEmpty ? "" : " · ") + link
            }
            if !line.isEmpty { Self.append(context: line, &output) }
        }
        if !footer.isEmpty { Self.append(context: Self.escaped(footer), &output) }
        output.append(contentsOf: "]}".utf8)
        return output
    }

    private func appendPlace(_ output: inout [UInt8]) {
        for (name, value) in [("channel", channel), ("thread_ts", thread)] {
            guard let value else { continue }
            output.append(contentsOf: ",\"\(name)\":".utf8)
            JSONText.append(value, to: &output)
        }
        if thread != nil, isForAll { output.append(contentsOf: ",\"reply_broadcast\":true".utf8) }
    }

    /// Adds a block of small print; its text is markup already.
    private static func append(context markup: String, _ output: inout [UInt8]) {
        output.append(contentsOf: ",{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":".utf8)
        JSONText.append(cut(markup, fieldMax), to: &output)
        output.append(contentsOf: "}]}".utf8)
    }

    /// What a link shows: nothing in it may end the link.
    private static func label(_ name: String) -> String {
        escaped(String(name.map { $0 == "|" ? "/" : $0 }))
    }

    private static func append(markup text: String, _ limit: Int, _ output: inout [UInt8]) {
        output.append(contentsOf: "{\"type\":\"mrkdwn\",\"text\":".utf8)
        JSONText.append(cut(escaped(text), limit), to: &output)
        output.append(UInt8(ascii: "}"))
    }

    private static func append(bold name: String, _ value: String, _ output: inout [UInt8]) {
        output.append(contentsOf: "{\"type\":\"mrkdwn\",\"text\":".utf8)
        JSONText.append(cut("*\(escaped(name))*\n\(escaped(value))", fieldMax), to: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Slack's control characters as entities: what people write must not become a link or a mention of everybody.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// At most so many UTF-16 units, the narrowest way in which a character can be counted; whole characters and whole
    /// entities, with an ellipsis for what is missing.
    static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf16.count > limit else { return text }
        var result = ""
        var length = 0
        for character in text {
            length += character.utf16.count
            guard length < limit else { break }
            result.append(character)
        }
        // Half an entity would show as it is.
        if let start = result.lastIndex(of: "&"), !result[start...].contains(";"), result[start...].count < 5 {
            result.removeSubrange(start...)
        }
        return result + "…"
    }
}
