import Formats
import Primitives

/// The epochs of the batches in a snapshot, as its token: after an outage at the end of a run, rows of several wait.
struct EpochList {
    var epochs: [Int64]

    init(_ epochs: [Int64]) {
        self.epochs = epochs
    }

    /// Reads what `bytes` wrote.
    init(_ bytes: [UInt8]) throws(Fault) {
        guard case .array(let values) = try JSONValue.parse(bytes) else {
            throw Fault("postgres.snapshot", "the snapshot of the sink cannot be read", domain: .internal)
        }
        epochs = values.compactMap(\.int64)
    }

    /// `[7,7,8]`.
    var bytes: [UInt8] { Array("[\(epochs.map(String.init).joined(separator: ","))]".utf8) }
}
