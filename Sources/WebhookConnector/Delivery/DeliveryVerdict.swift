/// What an answer means for a delivery. Sources: Standard Webhooks 1.0.0; Slack's documentation of incoming webhooks.
enum DeliveryVerdict: Sendable, Hashable {
    case delivered
    /// The same request may succeed later.
    case again(reason: String, retryAfterSeconds: Int64?)
    /// It never will: the request itself is refused.
    case refused(reason: String)
    /// The receiver wants nothing more at this address.
    case gone

    /// Bytes of an answer that a reason quotes.
    private static let quotedMax = 200

    static func of(_ response: WebhookResponse) -> DeliveryVerdict {
        switch response {
        case .failed(let reason): return .again(reason: reason, retryAfterSeconds: nil)
        case .answered(let status, let retryAfter, let body):
            switch status {
            case 200..<300: return .delivered
            case 410: return .gone
            case 408, 425, 429, 500...:
                return .again(reason: reason(status, body), retryAfterSeconds: retryAfter)
            case 300..<400: return .refused(reason: "status \(status): redirects are not followed")
            default: return .refused(reason: reason(status, body))
            }
        }
    }

    private static func reason(_ status: Int, _ body: [UInt8]) -> String {
        let quoted = String(decoding: body.prefix(quotedMax), as: UTF8.self)
            .split(whereSeparator: \.isNewline).joined(separator: " ")
        return quoted.isEmpty ? "status \(status)" : "status \(status): \(quoted)"
    }
}
