import Dataflow
import Primitives

/// A URL with a row's values in it: `https://dash.example/brands?name={brand}`. Values are percent-encoded, so that
/// what people write cannot lead elsewhere.
struct LinkTemplate: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case column(String)
    }

    let name: String
    private var parts: [Part] = []

    /// - Parameter columns: those that may be named.
    init(name: String, parsing text: String, columns: [String]) throws(Fault) {
        self.name = name
        let scheme = text.lowercased()
        guard scheme.hasPrefix("https://") || scheme.hasPrefix("http://") else {
            throw Fault("webhook.link", "a link is an http or https URL", hint: "write https://host/path?name={column}")
        }
        for (index, piece) in text.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
            guard index > 0 else {
                parts.append(.text(String(piece)))
                continue
            }
            let ends = piece.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
            guard ends.count == 2, columns.contains(String(ends[0])) else {
                throw Fault(
                    "webhook.link", "`{\(ends[0])` names no column",
                    hint: Spelling.nearest(String(ends[0]), columns).map { "did you mean `{\($0)}`?" })
            }
            parts += [.column(String(ends[0])), .text(String(ends[1]))]
        }
    }

    func url(_ value: (_ column: String) -> String?) -> String {
        parts.reduce(into: "") { url, part in
            switch part {
            case .text(let text): url += text
            case .column(let column): url += Self.encoded(value(column) ?? "")
            }
        }
    }

    /// RFC 3986: everything but unreserved characters.
    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
