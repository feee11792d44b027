package import Columnar

/// What a sink leaves with a checkpoint, so that its commit can be made, or made again, after a crash.
package struct SinkSnapshot: Sendable {
    /// In the sink's own words: the length of a file.
    package var token: [UInt8]
    /// Rows that the checkpoint holds for a receiver that cannot take them back: an outbox.
    package var rows: [RecordBatch]
    /// Whether its commit leaves rows behind that still wait for a receiver: the run is then not finished, even if its
    /// input is. Not stored.
    package var isWaiting: Bool

    package init(token: [UInt8] = [], rows: [RecordBatch] = [], isWaiting: Bool = false) {
        self.token = token
        self.rows = rows
        self.isWaiting = isWaiting
    }
}
