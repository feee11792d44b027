import Formats
import Primitives

/// Where to read on in a partition.
struct PartitionPosition: Sendable, Hashable {
    /// The offset after the last record handed out.
    var offset: Int64
    /// Records are still skipped until one was written at this time or later, in milliseconds since the epoch.
    var notBefore: Int64?

    init(offset: Int64, notBefore: Int64? = nil) {
        self.offset = offset
        self.notBefore = notBefore
    }

    /// Reads what `text` wrote.
    init(_ text: String) throws(Fault) {
        let value = try JSONValue.parse(Array(text.utf8))
        guard let offset = value["offset"]?.int64, offset >= 0 else {
            throw Fault("kafka.position", "`\(text)` is no position in a partition", domain: .internal)
        }
        self.init(offset: offset, notBefore: value["not_before"]?.int64)
    }

    /// `{"offset":4096}`.
    var text: String {
        let time = notBefore.map { ",\"not_before\":\($0)" } ?? ""
        return "{\"offset\":\(offset)\(time)}"
    }
}
