import Dataflow

/// What has passed in one bucket of event time.
struct SeenBucket {
    let number: Int64
    var table = SeenTable()
    /// Added to the table since the last capture, once there has been one.
    var added: [SeenKey] = []
    /// Whether a checkpoint may hold keys of the bucket.
    var isCaptured = false

    init(_ number: Int64) {
        self.number = number
    }

    var memoryFootprint: Int { table.memoryFootprint + added.capacity * MemoryLayout<SeenKey>.stride }
}
