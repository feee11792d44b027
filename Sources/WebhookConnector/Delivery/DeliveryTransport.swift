/// A message as the sink sends it.
struct DeliveryRequest: Sendable {
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

/// What came back, or why nothing did.
enum DeliveryResponse: Sendable {
    /// - Parameters:
    ///   - status: of HTTP; an SMTP server's answer is translated.
    ///   - retryAfterSeconds: as the receiver asks; `nil` if it does not.
    ///   - body: its first bytes.
    case answered(status: Int, retryAfterSeconds: Int64?, body: [UInt8])
    /// No answer: the name was not found, the connection refused, the time over.
    case failed(String)
}

/// How messages travel. The sink's rules are the same over HTTP, over SMTP and over a script.
protocol DeliveryTransport: AnyObject {
    /// Sends a message and waits for its answer, for as long as the transport's own timeout.
    func send(_ request: DeliveryRequest) -> DeliveryResponse
}
