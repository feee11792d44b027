import Crypto
import Foundation
import Primitives

/// A secret that signs messages by Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric form: HMAC with SHA-256.
struct WebhookSecret: Sendable {
    private static let prefix = "whsec_"
    /// How many random bytes a secret may have, by the specification.
    private static let lengths = 24...64

    private let key: SymmetricKey

    /// - Parameter text: base64, padded or not, with the prefix `whsec_` or without.
    init(parsing text: String) throws(Fault) {
        var encoded = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
        encoded += String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: encoded), Self.lengths.contains(bytes.count) else {
            throw Fault(
                "webhook.secret", "this is no secret of Standard Webhooks",
                hint: "write whsec_ and the base64 of 24 to 64 random bytes")
        }
        key = SymmetricKey(data: bytes)
    }

    /// The value `v1,…` of the header `webhook-signature` for one attempt.
    func sign(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var signed = Array("\(id).\(timestamp).".utf8)
        signed += body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return "v1," + Data(code).base64EncodedString()
    }
}
