import CCurl
import Dataflow
import Primitives

/// Who may vouch for a receiver: the system's certificate authorities, or instead of them those of a file.
struct TrustedAuthorities: Sendable {
    static let field = FieldSpec(
        "ca_file", .path,
        doc: "A PEM file of the certificate authorities to trust, instead of the system's: for a server with a "
            + "certificate of one's own. A certificate that nobody there vouches for, or for another name, is never "
            + "accepted; the message waits.", example: "ca.pem")
    /// What is said when a certificate was not accepted.
    static let hint = "`ca_file` names other authorities to trust"

    private var path: String?

    /// The system's.
    init() {}

    /// - Parameter settings: of the sink.
    /// - Throws: `webhook.ca_file`: it cannot be read, or holds no certificate.
    init(_ settings: Settings, baseDirectory: String) throws(Fault) {
        guard let name = settings["ca_file"]?.string else { return }
        let path = name.hasPrefix("/") ? name : baseDirectory + "/" + name
        guard let text = SystemFile.read(path), String(decoding: text, as: UTF8.self).contains("CERTIFICATE-----")
        else {
            throw Fault(
                "webhook.ca_file", "the file `\(name)` holds no certificates that can be read",
                hint: "write them in PEM, from `-----BEGIN CERTIFICATE-----` on")
        }
        self.path = path
    }

    /// Has a handle trust these and no others.
    func install(_ handle: UnsafeMutableRawPointer) -> [CURLcode] {
        guard let path else { return [] }
        return [
            martlet_curl_set_string(handle, CURLOPT_CAINFO, path), martlet_curl_set_string(handle, CURLOPT_CAPATH, nil),
        ]
    }
}
