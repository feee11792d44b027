import CCurl

/// Where a libcurl handle writes why a request failed, in more words than its code has.
final class CurlFailure {
    private let text = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init() {
        text.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { text.deallocate() }

    /// Listens to a handle, which must not outlive it.
    func install(_ handle: UnsafeMutableRawPointer) -> [CURLcode] {
        [martlet_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, text)]
    }

    /// Before a request: a reason of the one before is none for it.
    func forget() { text[0] = 0 }

    /// Why the last request ended with a code.
    func reason(_ code: CURLcode) -> String {
        let words = text[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: text)
        let isCertificate = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE
        return isCertificate ? "\(words); \(TrustedAuthorities.hint)" : words
    }
}
