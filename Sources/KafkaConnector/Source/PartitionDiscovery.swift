import Primitives

/// Finds the partitions of a source, where each starts and, for a run that ends, where each ends.
enum PartitionDiscovery {
    static func run(_ settings: KafkaSourceSettings, untilEnd: Bool, reports: KafkaReports) throws(Fault)
        -> [KafkaPartition]
    {
        let client = try KafkaClient(
            .consumer, brokers: settings.endpoint.brokers, defaults: KafkaConsumer.defaults,
            properties: settings.endpoint.properties, fixed: KafkaConsumer.fixed, reports: reports)
        let metadata = BrokerMetadata(
            client: client, brokers: settings.endpoint.brokers, reports: reports,
            patienceSeconds: settings.endpoint.patienceSeconds)

        var places: [(topicIndex: Int, topic: String, partition: Int32)] = []
        var missing: [String] = []
        for (index, name) in settings.topics.enumerated() {
            let topic = try metadata.topic(name)
            if topic.isMissing || topic.partitions.isEmpty {
                missing.append(name)
            } else {
                places += topic.partitions.map { (index, name, $0) }
            }
        }
        guard missing.isEmpty else {
            let existing = try metadata.allTopics().map(\.name)
            throw MissingTopic.fault(missing, existing: existing, brokers: settings.endpoint.brokers)
        }

        var sought: [Int64?] = []
        if case .time(let milliseconds) = settings.start {
            sought = try metadata.offsets(places.map { ($0.topic, $0.partition) }, since: milliseconds)
        }
        var partitions: [KafkaPartition] = []
        for (index, place) in places.enumerated() {
            let (low, high) = try metadata.watermarks(place.topic, place.partition)
            let start =
                switch settings.start {
                case .earliest: low
                case .latest: high
                case .time: min(sought[index] ?? high, high)
                }
            partitions.append(
                KafkaPartition(
                    topic: place.topic, topicIndex: place.topicIndex, partition: place.partition, start: start,
                    end: untilEnd ? high : nil))
        }
        return partitions
    }
}
