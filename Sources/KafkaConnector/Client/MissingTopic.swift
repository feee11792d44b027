import Primitives

/// The fault for topics that do not exist, with the ones that do and were perhaps meant.
enum MissingTopic {
    static func fault(_ missing: [String], existing: [String], brokers: String) -> Fault {
        let visible = existing.filter { !$0.hasPrefix("__") }.sorted()
        let names = missing.map { "\"\($0)\"" }.joined(separator: ", ")
        let near = missing.compactMap { nearest($0, among: visible) }
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

    /// The name closest to a wrong one, if it is close enough to be a slip.
    static func nearest(_ name: String, among names: [String]) -> String? {
        let distances = names.map { (name: $0, distance: distance(Array($0.utf8), Array(name.utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, name.utf8.count / 3) ? best.name : nil
    }

    /// Levenshtein's distance, one row at a time.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
