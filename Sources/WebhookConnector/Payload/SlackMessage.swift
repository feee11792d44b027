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

    /// A headline; empty: none.
    var title: String
    var text: String
    var fields: [(name: String, value: String)]
    /// Small print: where and when.
    var footer: String

    /// The request's body.
    func body() -> [UInt8] {
        var output: [UInt8] = []
        let fallback = title.isEmpty ? text : "\(title): \(text)"
        output.append(contentsOf: "{\"text\":".utf8)
        JSONText.append(Self.cut(Self.escaped(fallback), Self.textMax), to: &output)
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
        if !footer.isEmpty {
            output.append(contentsOf: ",{\"type\":\"context\",\"elements\":[".utf8)
            Self.append(markup: footer, Self.fieldMax, &output)
            output.append(contentsOf: "]}".utf8)
        }
        output.append(contentsOf: "]}".utf8)
        return output
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
