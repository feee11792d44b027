/// A POST as the sink sends it.
struct WebhookRequest: Sendable {
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

/// What came back, or why nothing did.
enum WebhookResponse: Sendable {
    /// - Parameters:
    ///   - retryAfterSeconds: as the receiver asks; `nil` if it does not.
    ///   - body: its first bytes.
    case answered(status: Int, retryAfterSeconds: Int64?, body: [UInt8])
    /// No answer: the name was not found, the connection refused, the time over.
    case failed(String)
}

/// How requests travel. The sink's rules are the same over libcurl and over a script.
protocol HTTPTransport: AnyObject {
    /// Sends a request and waits for its answer, for as long as the transport's own timeout.
    func post(_ request: WebhookRequest) -> WebhookResponse
}
