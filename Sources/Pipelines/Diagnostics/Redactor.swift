/// Takes secrets and values from the environment out of text: an error, a log line, `explain`.
package struct Redactor: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        var value: String
        var replacement: String
    }

    private(set) var entries: [Entry] = []

    package init() {}

    /// A shorter value is found in every text and says nothing.
    private static let shortestSecret = 3
    /// `en`, `true` or `9092` from the environment are no secrets, and hiding them would spoil messages.
    private static let shortestVariable = 6

    /// Hides the value of a field that its author declared secret.
    mutating func hideSecret(_ value: String) {
        guard value.utf8.count >= Self.shortestSecret else { return }
        add(Entry(value: value, replacement: "***"))
    }

    /// Shows a variable's name where its value stands.
    mutating func hideVariable(_ name: String, value: String) {
        guard value.utf8.count >= Self.shortestVariable else { return }
        add(Entry(value: value, replacement: "${\(name)}"))
    }

    private mutating func add(_ entry: Entry) {
        guard !entries.contains(where: { $0.value == entry.value }) else { return }
        entries.append(entry)
        // The longest first: a URL before the password within it.
        entries.sort { ($0.value.utf8.count, $1.value) > ($1.value.utf8.count, $0.value) }
    }

    /// The text without secrets.
    package func redact(_ text: String) -> String {
        var result = text
        for entry in entries where !entry.value.isEmpty { result = replace(entry, in: result) }
        return result
    }

    private func replace(_ entry: Entry, in text: String) -> String {
        let bytes = Array(text.utf8)
        let needle = Array(entry.value.utf8)
        guard needle.count <= bytes.count else { return text }
        var output: [UInt8] = []
        var index = 0
        var isChanged = false
        while index < bytes.count {
            if bytes[index] == needle[0], bytes.count - index >= needle.count,
                bytes[index..<index + needle.count].elementsEqual(needle)
            {
                output.append(contentsOf: entry.replacement.utf8)
                index += needle.count
                isChanged = true
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return isChanged ? String(decoding: output, as: UTF8.self) : text
    }
}
