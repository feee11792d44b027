import Primitives

/// Finds the partitions of a source, where each starts and, for a run that ends, where each ends.
enum PartitionDiscovery {
    /// - Parameter positions: where an earlier run has come to, by the names of partitions; empty: it is the first.
    static func run(
        _ settings: KafkaSourceSettings, untilEnd: Bool, positions: [String: String], reports: KafkaReports
    ) throws(Fault) -> [KafkaPartition] {
        let brokers = settings.endpoint.brokers
        let consumer = try KafkaConsumer(
            endpoint: settings.endpoint, clientName: "martlet", topics: settings.topics, reports: reports, wake: {})
        let metadata = BrokerMetadata(
            client: consumer.client, brokers: brokers, reports: reports,
            patienceSeconds: settings.endpoint.patienceSeconds)

        var partitions: [KafkaPartition] = []
        var missing: [String] = []
        for (index, name) in settings.topics.enumerated() {
            let topic = try metadata.topic(name)
            if topic.isMissing || topic.partitions.isEmpty {
                missing.append(name)
            } else {
                partitions += topic.partitions.map {
                    KafkaPartition(topic: name, topicIndex: index, partition: $0, start: 0)
                }
            }
        }
        guard missing.isEmpty else {
            let existing = try metadata.allTopics().map(\.name)
            throw MissingTopic.fault(missing, existing: existing, brokers: brokers)
        }

        let bounds = try metadata.bounds(partitions.map { ($0.topic, $0.partition) })
        let lows = bounds.map(\.low)
        for (index, bounds) in bounds.enumerated() { partitions[index].start = bounds.high }
        if !positions.isEmpty {
            let isBeyond = try resumed(partitions, positions).contains { index, position in
                position.offset > partitions[index].start
            }
            let needsEnds = untilEnd || isBeyond
            let ends = needsEnds ? try EndProbe.run(partitions, with: consumer, metadata: metadata) : nil
            if untilEnd, let ends { for (index, end) in ends.enumerated() { partitions[index].end = end } }
            return try resume(partitions, positions, lows: lows, ends: ends, reports)
        }
        if settings.start == .earliest, !untilEnd {
            for (index, low) in lows.enumerated() { partitions[index].start = low }
            return partitions
        }
        let ends = try EndProbe.run(partitions, with: consumer, metadata: metadata)
        if untilEnd { for (index, end) in ends.enumerated() { partitions[index].end = end } }
        switch settings.start {
        case .earliest: for (index, low) in lows.enumerated() { partitions[index].start = low }
        case .latest: for (index, end) in ends.enumerated() { partitions[index].start = end }
        case .time(let milliseconds):
            let found = try metadata.offsets(partitions.map { ($0.topic, $0.partition) }, since: milliseconds)
            for index in partitions.indices {
                partitions[index].start = min(found[index] ?? ends[index], ends[index])
                partitions[index].notBefore = milliseconds
            }
        }
        return partitions
    }

    /// The partitions that an earlier run has read from, each with its position in the list.
    private static func resumed(
        _ partitions: [KafkaPartition], _ positions: [String: String]
    ) throws(Fault) -> [(index: Int, position: PartitionPosition)] {
        var found: [(index: Int, position: PartitionPosition)] = []
        for (index, partition) in partitions.enumerated() {
            if let text = positions[partition.name] { found.append((index, try PartitionPosition(text))) }
        }
        return found
    }

    /// Starts each partition where an earlier run has come to, and one that was not there then at its beginning.
    /// - Parameter ends: where the partitions end now; `nil`: none ends before its position.
    private static func resume(
        _ partitions: [KafkaPartition], _ positions: [String: String], lows: [Int64], ends: [Int64]?,
        _ reports: KafkaReports
    ) throws(Fault) -> [KafkaPartition] {
        var partitions = partitions
        for (index, low) in lows.enumerated() { partitions[index].start = low }
        for (index, position) in try resumed(partitions, positions) {
            let name = partitions[index].name
            if let end = ends?[index], position.offset > end {
                throw KafkaFault.beyondEnd(name, end: end, position: position.offset)
            }
            if position.offset < lows[index] {
                reports.report(
                    KafkaFault.expired(name, count: lows[index] - position.offset, position: position.offset),
                    key: "expired \(name)")
            }
            partitions[index].start = max(position.offset, lows[index])
            partitions[index].notBefore = position.notBefore
        }
        return partitions
    }
}
