/// The parts of a URL that the sink's own rules need; libcurl reads it whole.
struct WebhookURL {
    let text: String
    let host: String
    /// Scheme and host.
    let place: String

    /// - Parameter schemes: those that are taken.
    init?(_ text: String, schemes: Set<String> = ["http", "https"]) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard schemes.contains(scheme) else { return nil }
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
