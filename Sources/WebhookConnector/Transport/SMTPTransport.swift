import CCurl
import Glibc
import Primitives

/// Hands messages to one SMTP server over a kept connection. Used from one thread.
final class SMTPTransport: DeliveryTransport {
    private let handle: UnsafeMutableRawPointer
    private let sockets: SocketGuard
    private let failure = CurlFailure()
    private let upload = Upload()
    private var receivers: UnsafeMutablePointer<curl_slist>?

    /// The message that is being sent.
    private final class Upload {
        var bytes: [UInt8] = []
        var sent = 0
    }

    init(
        _ settings: DeliverySettings, encryption: DeliverySettings.Encryption, user: String?, password: String?,
        authorities: TrustedAuthorities
    ) throws(Fault) {
        guard CurlTransport.isReady, let handle = curl_easy_init() else {
            throw Fault("email.client", "the SMTP client cannot be set up", domain: .internal)
        }
        self.handle = handle
        sockets = SocketGuard(allowsPrivate: settings.allowsPrivate)
        for address in settings.mail.to { receivers = curl_slist_append(receivers, "<\(address)>") }
        let security =
            switch encryption {
            case .required: CURLUSESSL_ALL
            case .offered: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        var isSet = [
            martlet_curl_set_string(handle, CURLOPT_URL, settings.url),
            martlet_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
            martlet_curl_set_string(handle, CURLOPT_PROXY, ""),
            martlet_curl_set_string(handle, CURLOPT_MAIL_FROM, "<\(settings.mail.from)>"),
            martlet_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, receivers),
            martlet_curl_set_long(handle, CURLOPT_USE_SSL, Int(security.rawValue)),
            martlet_curl_set_long(handle, CURLOPT_UPLOAD, 1),
            martlet_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            martlet_curl_set_long(handle, CURLOPT_TIMEOUT_MS, settings.timeout),
            martlet_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.timeout),
            martlet_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(upload).toOpaque()),
            martlet_curl_set_read(handle, CURLOPT_READFUNCTION, Self.give),
        ]
        isSet += sockets.install(handle) + failure.install(handle) + authorities.install(handle)
        if let user { isSet.append(martlet_curl_set_string(handle, CURLOPT_USERNAME, user)) }
        if let password { isSet.append(martlet_curl_set_string(handle, CURLOPT_PASSWORD, password)) }
        guard isSet.allSatisfy({ $0 == CURLE_OK }) else {
            throw Fault("email.client", "the SMTP client refuses its settings", domain: .internal)
        }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(receivers)
    }

    /// SMTP's answers in terms of HTTP: 4xx is worth another try, 5xx is not.
    func send(_ request: DeliveryRequest) -> DeliveryResponse {
        upload.bytes = request.body
        upload.sent = 0
        sockets.hasRefused = false
        failure.forget()
        let result = curl_easy_perform(handle)
        var code = 0
        martlet_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
        let reason = code >= 400 ? "SMTP \(code): \(failure.reason(result))" : failure.reason(result)
        switch (result, code) {
        case (CURLE_OK, _): return .answered(status: 200, retryAfterSeconds: nil, body: [])
        // Signing in may fail because a password is being changed; nothing is wrong with the message. As little when
        // the server does not want to speak in secret.
        case (CURLE_LOGIN_DENIED, _), (CURLE_USE_SSL_FAILED, _), (_, 530...535): return .failed(reason)
        case (_, 500...): return .answered(status: 400, retryAfterSeconds: nil, body: Array(reason.utf8))
        case (_, 400...): return .answered(status: 503, retryAfterSeconds: nil, body: Array(reason.utf8))
        default: return .failed(sockets.hasRefused ? SocketGuard.refusal : reason)
        }
    }

    private static let give: martlet_curl_read = { buffer, size, count, context in
        guard let buffer, let context else { return 0 }
        let upload = Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue()
        let part = upload.bytes[upload.sent...].prefix(size * count)
        part.withUnsafeBytes {
            UnsafeMutableRawPointer(buffer).copyMemory(from: $0.baseAddress ?? CurlTransport.empty, byteCount: $0.count)
        }
        upload.sent += part.count
        return part.count
    }
}
