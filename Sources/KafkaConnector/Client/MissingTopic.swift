import Primitives

/// The fault for topics that do not exist, with the ones that do and were perhaps meant.
enum MissingTopic {
    static func fault(_ missing: [String], existing: [String], brokers: String) -> Fault {
        let visible = existing.filter { !$0.hasPrefix("__") }.sorted()
        let names = missing.map { "\"\($0)\"" }.joined(separator: ", ")
        let near = missing.compactMap { Spelling.nearest($0, visible) }
        let detail =
            visible.isEmpty
            ? "the brokers at \(brokers) show no topic"
            : "topics there: \(visible.prefix(10).joined(separator: ", "))\(visible.count > 10 ? ", …" : "")"
        let hint =
            near.isEmpty
            ? "create the topic, or grant this user DESCRIBE on it"
            : "did you mean \(near.joined(separator: ", "))? otherwise create the topic, or grant this user DESCRIBE on it"
        return Fault(
            "kafka.topic_missing",
            missing.count == 1 ? "the kafka topic \(names) does not exist" : "the kafka topics \(names) do not exist",
            detail: detail, hint: hint, domain: .external)
    }
}
