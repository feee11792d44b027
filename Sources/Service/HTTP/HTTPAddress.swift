package import Primitives

/// Where an HTTP server listens: `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every interface) or `8080` (this machine
/// only).
package struct HTTPAddress: Sendable, Hashable {
    package var host: String
    /// 0: any that is free.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init(parsing text: String) throws(Fault) {
        let malformed = Fault(
            "http.address", "`\(text)` is no address to listen at", hint: "write 127.0.0.1:8080, :8080 or 8080")
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = Int(text), (0...65_535).contains(port) else { throw malformed }
            self.init(host: "127.0.0.1", port: port)
            return
        }
        var host = String(text[..<colon])
        guard let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else { throw malformed }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw malformed
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    /// As a browser wants it.
    package var url: String {
        "http://" + (host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host) + ":\(port)"
    }
}
