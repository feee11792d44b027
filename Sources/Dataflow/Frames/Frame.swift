package import Columnar
package import Primitives

/// An ordered stream of frames: a Kafka partition, the chunks of a file source, or what one subtask makes.
package struct Lane: Hashable, Sendable {
    /// The node that made the frames, by its position in the plan.
    package var node: Int
    /// Which of its lanes: the partition's number in the source, or the subtask's.
    package var index: Int
    /// Which way through the graph, where several of one lane's ways meet again: frames that share a number have come
    /// by different branches.
    package var branch: UInt64 = 0

    package init(node: Int, index: Int) {
        self.node = node
        self.index = index
    }

    /// The lane behind one of several inputs of a node.
    func branching(node: Int, slot: Int) -> Lane {
        var lane = self
        lane.branch = Hashing.mix(branch ^ UInt64(truncatingIfNeeded: (node + 1) << 16 | slot))
        return lane
    }
}

/// A batch on its way through the graph.
///
/// Each operator that keeps rows as they are passes on exactly one frame for each it receives, empty ones too, so that
/// the sequence of a lane stays whole and whatever depends on order can follow the numbers.
package struct Frame: Sendable {
    package var batch: RecordBatch
    package var lane: Lane
    /// 0, 1, 2 … within the lane.
    package var sequence: Int64
    /// The watermark of the lane before this frame: a row that it has passed is late.
    package var floor: EventTime
    /// Which input it came by into the node that several streams meet in: a position in its `from:`.
    package var input = 0
    /// The latest event time in the lane before this frame, where a source has said so; else `distantPast`.
    package var latestBefore = EventTime.distantPast

    package init(batch: RecordBatch, lane: Lane, sequence: Int64, floor: EventTime) {
        self.batch = batch
        self.lane = lane
        self.sequence = sequence
        self.floor = floor
    }

    /// The same place in the lane with other rows.
    package func with(_ batch: RecordBatch) -> Frame {
        var frame = self
        frame.batch = batch
        return frame
    }

    /// The same rows, said to come behind another watermark.
    package func with(floor: EventTime) -> Frame {
        var frame = self
        frame.floor = floor
        return frame
    }
}
