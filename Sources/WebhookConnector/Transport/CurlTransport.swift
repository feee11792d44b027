import CCurl
import Glibc
import Primitives

/// Posts to one URL over a kept connection. Used from one thread.
///
/// Redirects are not followed and no proxy is taken from the environment: both would lead past the address guard.
final class CurlTransport: HTTPTransport {
    /// More of an answer is not read.
    static let responseBytesMax = 64 << 10

    private let handle: UnsafeMutableRawPointer
    private let exchange = Exchange()
    private let allowsPrivate: Bool

    /// What the callbacks of one request write.
    private final class Exchange {
        var body: [UInt8] = []
        var refusedAddress = false
        var allowsPrivate = false
    }

    init(url: String, timeoutMilliseconds: Int, allowsPrivate: Bool) throws(Fault) {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw Fault("webhook.client", "the HTTP client cannot be set up", domain: .internal)
        }
        self.handle = handle
        self.allowsPrivate = allowsPrivate
        exchange.allowsPrivate = allowsPrivate
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        let isSet = [
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
            martlet_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, context),
            martlet_curl_set_open_socket(handle, Self.openSocket),
        ]
        guard isSet.allSatisfy({ $0 == CURLE_OK }) else {
            throw Fault("webhook.client", "the HTTP client refuses its settings", domain: .internal)
        }
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    func post(_ request: WebhookRequest) -> WebhookResponse {
        exchange.body = []
        exchange.refusedAddress = false
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
            return .failed(
                exchange.refusedAddress
                    ? "its address is not on the public internet; `allow_private: true` lets it be"
                    : String(cString: curl_easy_strerror(result)))
        }
        var seconds: curl_off_t = 0
        martlet_curl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return .answered(
            status: status, retryAfterSeconds: seconds > 0 ? Int64(seconds) : nil, body: exchange.body)
    }

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Any address will do for an empty body.
    private static var empty: UnsafeRawPointer { UnsafeRawPointer(("" as StaticString).utf8Start) }

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

    /// The place where an address is known and nothing has been sent: whatever the name has resolved to, and however
    /// often, no socket to a closed address is opened.
    private static let openSocket: curl_opensocket_callback = { context, _, address in
        guard let context, let address else { return CURL_SOCKET_BAD }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        if !exchange.allowsPrivate, !CurlTransport.isPublic(address) {
            exchange.refusedAddress = true
            return CURL_SOCKET_BAD
        }
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static func isPublic(_ address: UnsafePointer<curl_sockaddr>) -> Bool {
        // C declares a `sockaddr`; an IPv6 address goes on behind it, in the same memory, for `addrlen` bytes.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return false }
        let bytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(address) + offset, count: Int(address.pointee.addrlen))
        // The family and the port, and then 4, or behind the flow 16, bytes of address.
        switch address.pointee.family {
        case AF_INET where bytes.count >= 8: return AddressGuard.isPublic(Array(bytes[4..<8]))
        case AF_INET6 where bytes.count >= 24: return AddressGuard.isPublic(Array(bytes[8..<24]))
        default: return false
        }
    }
}
