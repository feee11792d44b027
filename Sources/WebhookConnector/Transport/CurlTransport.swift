import CCurl
import Glibc
import Primitives

/// Posts to one URL over a kept connection. Used from one thread.
///
/// Redirects are not followed and no proxy is taken from the environment: both would lead past the address guard.
final class CurlTransport: DeliveryTransport {
    /// More of an answer is not read.
    static let responseBytesMax = 64 << 10

    private let handle: UnsafeMutableRawPointer
    private let exchange = Exchange()
    private let sockets: SocketGuard
    private let failure = CurlFailure()

    /// What the callback of one request writes.
    private final class Exchange {
        var body: [UInt8] = []
    }

    init(
        url: String, timeoutMilliseconds: Int, allowsPrivate: Bool, authorities: TrustedAuthorities = .init()
    ) throws(Fault) {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw Fault("webhook.client", "the HTTP client cannot be set up", domain: .internal)
        }
        self.handle = handle
        sockets = SocketGuard(allowsPrivate: allowsPrivate)
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        let isSet =
            [
                martlet_curl_set_string(handle, CURLOPT_URL, url),
                martlet_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
                martlet_curl_set_string(handle, CURLOPT_PROXY, ""),
                martlet_curl_set_string(handle, CURLOPT_USERAGENT, "martlet"),
                martlet_curl_set_long(handle, CURLOPT_POST, 1),
                martlet_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
                martlet_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
                martlet_curl_set_long(handle, CURLOPT_TIMEOUT_MS, timeoutMilliseconds),
                martlet_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, timeoutMilliseconds),
                martlet_curl_set_pointer(handle, CURLOPT_WRITEDATA, context),
                martlet_curl_set_write(handle, CURLOPT_WRITEFUNCTION, Self.take),
            ] + sockets.install(handle) + failure.install(handle) + authorities.install(handle)
        guard isSet.allSatisfy({ $0 == CURLE_OK }) else {
            throw Fault("webhook.client", "the HTTP client refuses its settings", domain: .internal)
        }
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    func send(_ request: DeliveryRequest) -> DeliveryResponse {
        exchange.body = []
        sockets.hasRefused = false
        failure.forget()
        var list: UnsafeMutablePointer<curl_slist>?
        // Without the wait for "100 Continue", which few receivers send.
        for (name, value) in request.headers + [("Expect", "")] {
            list = curl_slist_append(list, value.isEmpty ? "\(name):" : "\(name): \(value)")
        }
        defer { curl_slist_free_all(list) }
        let result = request.body.withUnsafeBytes { body in
            martlet_curl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
            martlet_curl_set_pointer(
                handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress ?? Self.empty))
            martlet_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
            return curl_easy_perform(handle)
        }
        martlet_curl_set_pointer(handle, CURLOPT_HTTPHEADER, nil)
        martlet_curl_set_pointer(handle, CURLOPT_POSTFIELDS, nil)
        var status = 0
        martlet_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        // An answer whose body we stopped reading is an answer.
        guard result == CURLE_OK || (result == CURLE_WRITE_ERROR && status > 0) else {
            return .failed(sockets.hasRefused ? SocketGuard.refusal : failure.reason(result))
        }
        var seconds: curl_off_t = 0
        martlet_curl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return .answered(
            status: status, retryAfterSeconds: seconds > 0 ? Int64(seconds) : nil, body: exchange.body)
    }

    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Any address will do for an empty body.
    static var empty: UnsafeRawPointer { UnsafeRawPointer(("" as StaticString).utf8Start) }

    private static let take: martlet_curl_write = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        let room = CurlTransport.responseBytesMax - exchange.body.count
        let length = size * count
        UnsafeRawBufferPointer(start: bytes, count: min(room, length)).withMemoryRebound(to: UInt8.self) {
            exchange.body.append(contentsOf: $0)
        }
        return length <= room ? length : 0
    }
}
