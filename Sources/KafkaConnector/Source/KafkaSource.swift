import Dataflow
import Primitives

/// The partitions of some topics, as they were when the source was opened. A partition is a lane.
final class KafkaSource: Source {
    let settings: KafkaSourceSettings
    let partitions: [KafkaPartition]
    let untilEnd: Bool
    let clientName: String
    let readAhead: ReadAhead
    let reports: KafkaReports

    init(
        settings: KafkaSourceSettings, partitions: [KafkaPartition], untilEnd: Bool, clientName: String,
        readAhead: ReadAhead, reports: KafkaReports
    ) {
        self.settings = settings
        self.partitions = partitions
        self.untilEnd = untilEnd
        self.clientName = clientName
        self.readAhead = readAhead
        self.reports = reports
    }

    var laneCount: Int { partitions.count }
    var sharesLanes: Bool { false }
    var isBounded: Bool { false }

    func laneName(_ lane: Int) -> String { partitions[lane].name }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) throws(Fault)
        -> any SourceReader
    {
        let cursors = partitions.enumerated()
            .filter { $0.offset % subtasks == subtask }
            .map { PartitionCursor($0.element, lane: $0.offset) }
        return try KafkaSourceReader(source: self, cursors: cursors, watchesPartitions: subtask == 0, wake: wake)
    }
}
