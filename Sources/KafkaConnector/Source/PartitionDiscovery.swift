import Primitives

/// Finds the partitions of a source, where each starts and, for a run that ends, where each ends.
enum PartitionDiscovery {
    static func run(_ settings: KafkaSourceSettings, untilEnd: Bool, reports: KafkaReports) throws(Fault)
        -> [KafkaPartition]
    {
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

        var lows: [Int64] = []
        for index in partitions.indices {
            let (low, high) = try metadata.watermarks(partitions[index].topic, partitions[index].partition)
            lows.append(low)
            partitions[index].start = high
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
}
