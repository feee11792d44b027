import Columnar
import Dataflow
import Pipelines

/// What a plan needs of the world outside, and the plan with that world on this machine.
struct DevPlan {
    private(set) var plan: LogicalPlan

    init(_ plan: LogicalPlan) {
        self.plan = plan
    }

    /// Every topic that is read, with the source that reads it.
    var topicsRead: [(topic: String, source: PlannedSource)] {
        plan.nodes.flatMap { node -> [(topic: String, source: PlannedSource)] in
            guard case .source(let source) = node.work, source.connector.spec.name == "kafka" else { return [] }
            return Self.topics(source.settings).map { ($0, source) }
        }
    }

    /// Every topic that is read or written, each once.
    var topics: [String] {
        var seen: Set<String> = []
        return (topicsRead.map(\.topic) + sinks("kafka").flatMap { Self.topics($0.settings) })
            .filter { seen.insert($0).inserted }
    }

    /// The tables that are written.
    var tables: [DevTable] {
        plan.nodes.compactMap { node in
            guard case .sink(let sink) = node.work, sink.connector.spec.name == "postgres",
                let table = sink.settings["table"]?.string
            else { return nil }
            return DevTable(sink: node.name, name: table, columns: node.shape.schema.fields.map(\.name))
        }
    }

    var needsBroker: Bool { !topics.isEmpty }
    var needsPostgres: Bool { !tables.isEmpty }
    var needsReceiver: Bool { !sinks("webhook").isEmpty }

    /// Leads every connection to a part on this machine, whatever the file says: no row of a try-out leaves it.
    func localised(brokers: String?, databaseURL: String?, webhookURL: String?) -> LogicalPlan {
        var local = plan
        for index in local.nodes.indices {
            switch local.nodes[index].work {
            case .source(var source):
                source.settings = Self.localised(
                    source.settings, source.connector.spec.name, brokers, databaseURL, webhookURL)
                local.nodes[index].work = .source(source)
            case .sink(var sink):
                sink.settings = Self.localised(
                    sink.settings, sink.connector.spec.name, brokers, databaseURL, webhookURL)
                local.nodes[index].work = .sink(sink)
            case .implicit, .operator: break
            }
        }
        return local
    }

    private static func localised(
        _ settings: Settings, _ kind: String, _ brokers: String?, _ databaseURL: String?, _ webhookURL: String?
    ) -> Settings {
        switch kind {
        case "kafka":
            // Properties say how to reach and to be known at the real brokers.
            settings.removing("properties").setting("brokers", .string(brokers ?? ""))
        case "postgres": settings.setting("url", .string(databaseURL ?? ""))
        case "webhook": settings.setting("url", .string(webhookURL ?? "")).setting("allow_private", .bool(true))
        default: settings
        }
    }

    private func sinks(_ kind: String) -> [PlannedSink] {
        plan.nodes.compactMap { node in
            guard case .sink(let sink) = node.work, sink.connector.spec.name == kind else { return nil }
            return sink
        }
    }

    private static func topics(_ settings: Settings) -> [String] {
        if let topic = (settings["topic"] ?? settings["topics"])?.string { return [topic] }
        return settings["topics"]?.list?.compactMap(\.string) ?? []
    }
}

/// A table that a pipeline writes.
package struct DevTable: Sendable {
    /// The sink that writes it.
    package var sink: String
    package var name: String
    package var columns: [String]

    /// SQL that shows its newest rows.
    package var query: String {
        let table = name.split(separator: ".").map { "\"\($0)\"" }.joined(separator: ".")
        let order = columns.contains("window_start") ? " ORDER BY window_start DESC" : ""
        return "SELECT * FROM \(table)\(order) LIMIT 20"
    }
}

extension Settings {
    /// With a member set, in its place or at the end.
    fileprivate func setting(_ name: String, _ value: Value) -> Settings {
        var members = members ?? []
        let entry = (name: name, value: Settings(value, path: path + [name]))
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = entry
        } else {
            members.append(entry)
        }
        return Settings(.object(members), path: path)
    }

    fileprivate func removing(_ name: String) -> Settings {
        Settings(.object((members ?? []).filter { $0.name != name }), path: path)
    }
}
