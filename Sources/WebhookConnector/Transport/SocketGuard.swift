import CCurl
import Glibc

/// Refuses sockets to addresses that are not on the public internet, for a libcurl handle.
///
/// The place where an address is known and nothing has been sent: whatever the name has resolved to, and however
/// often, no socket to a closed address is opened.
final class SocketGuard {
    private let allowsPrivate: Bool
    /// Whether an address has been refused since this was last set.
    var hasRefused = false

    init(allowsPrivate: Bool) {
        self.allowsPrivate = allowsPrivate
    }

    /// Stands watch over a handle, which must not outlive it.
    func install(_ handle: UnsafeMutableRawPointer) -> [CURLcode] {
        [
            martlet_curl_set_pointer(
                handle, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque()),
            martlet_curl_set_open_socket(handle, Self.openSocket),
        ]
    }

    private static let openSocket: curl_opensocket_callback = { context, _, address in
        guard let context, let address else { return CURL_SOCKET_BAD }
        let sockets = Unmanaged<SocketGuard>.fromOpaque(context).takeUnretainedValue()
        if !sockets.allowsPrivate, !SocketGuard.isPublic(address) {
            sockets.hasRefused = true
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

    /// What is said when a connection failed for it.
    static let refusal = "its address is not on the public internet; `allow_private: true` lets it be"
}
