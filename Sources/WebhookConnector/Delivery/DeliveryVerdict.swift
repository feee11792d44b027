import Formats

/// What an answer means for a delivery. Sources: Standard Webhooks 1.0.0; the documentation of Slack's incoming
/// webhooks and Web API, and of PagerDuty's Events API v2.
enum DeliveryVerdict: Sendable, Hashable {
    /// - Parameter thread: where Slack says so: the message's name, to which later ones may be hung.
    case delivered(thread: String?)
    /// The same request may succeed later. `isReceivers`: others had better wait too.
    case again(reason: String, retryAfterSeconds: Int64?, isReceivers: Bool)
    /// It never will: the request itself is refused.
    case refused(reason: String)
    /// The receiver wants nothing more at this address.
    case gone

    /// Bytes of an answer that a reason quotes.
    private static let quotedMax = 200
    /// Errors of Slack's Web API that pass.
    private static let passingErrors: Set = [
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    ]

    static func of(_ response: DeliveryResponse) -> DeliveryVerdict {
        switch response {
        case .failed(let reason): return .again(reason: reason, retryAfterSeconds: nil, isReceivers: true)
        case .answered(let status, let retryAfter, let body):
            switch status {
            case 200..<300: return slack(body) ?? .delivered(thread: nil)
            case 410: return .gone
            case 429, 502...504:
                return .again(reason: reason(status, body), retryAfterSeconds: retryAfter, isReceivers: true)
            case 408, 425, 500...:
                return .again(
                    reason: reason(status, body), retryAfterSeconds: retryAfter, isReceivers: retryAfter != nil)
            case 300..<400: return .refused(reason: "status \(status): redirects are not followed")
            default: return .refused(reason: reason(status, body))
            }
        }
    }

    /// Slack's Web API answers 200 also where it refuses, and says so in the body; `nil` for other answers.
    private static func slack(_ body: [UInt8]) -> DeliveryVerdict? {
        guard body.first == UInt8(ascii: "{"), let value = try? JSONValue.parse(body),
            case .bool(let isGood)? = value["ok"]
        else { return nil }
        if isGood { return .delivered(thread: value["ts"]?.string) }
        let error = value["error"]?.string ?? "no reason"
        guard passingErrors.contains(error) else { return .refused(reason: error) }
        return .again(reason: error, retryAfterSeconds: nil, isReceivers: true)
    }

    private static func reason(_ status: Int, _ body: [UInt8]) -> String {
        let quoted = String(decoding: body.prefix(quotedMax), as: UTF8.self)
            .split(whereSeparator: \.isNewline).joined(separator: " ")
        return quoted.isEmpty ? "status \(status)" : "status \(status): \(quoted)"
    }
}
