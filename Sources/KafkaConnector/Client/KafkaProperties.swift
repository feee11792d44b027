import CRdKafka
import Dataflow
import Primitives

/// librdkafka's own settings as a pipeline file passes them through: names and values in the order of the file.
struct KafkaProperties: Sendable {
    struct Property: Sendable {
        var name: String
        var value: String
    }

    var properties: [Property] = []

    /// Values that must never be shown.
    var secrets: [String] { properties.filter { Self.isSecret($0.name) && !$0.value.isEmpty }.map(\.value) }

    /// Reads the map, asking librdkafka about every name and value; each fault stands at its property.
    ///
    /// - Parameter owned: properties that the connector sets itself, each with what to do instead.
    static func read(_ settings: Settings?, owned: [String: String], _ faults: FaultCollector) -> KafkaProperties {
        var result = KafkaProperties()
        guard let settings, let members = settings.members else { return result }
        guard let configuration = rd_kafka_conf_new() else { return result }
        defer { rd_kafka_conf_destroy(configuration) }
        for (name, setting) in members {
            guard let value = text(setting) else {
                faults.report(
                    Fault(
                        "kafka.property_invalid", "the property \(name) needs a single value",
                        hint: "write it as a string, a number or a boolean"), at: setting.path)
                continue
            }
            if let remedy = owned[name] {
                faults.report(
                    Fault("kafka.property_owned", "the property \(name) is set by martlet itself", hint: remedy),
                    at: setting.path)
                continue
            }
            if let message = set(name, value, on: configuration) {
                let shown = isSecret(name) ? "the value is not accepted" : message
                faults.report(
                    Fault(
                        "kafka.property_invalid", "the property \(name) is not accepted", detail: shown,
                        hint: "names and values are those of librdkafka \(KafkaClient.libraryVersion)"),
                    at: setting.path)
                continue
            }
            result.properties.append(Property(name: name, value: value))
        }
        return result
    }

    /// Sets one property; librdkafka's message if it refuses.
    static func set(_ name: String, _ value: String, on configuration: OpaquePointer) -> String? {
        withErrorBuffer { buffer, size in
            rd_kafka_conf_set(configuration, name, value, buffer, size) == RD_KAFKA_CONF_OK
        }
    }

    /// Whether a property holds something that opens doors.
    static func isSecret(_ name: String) -> Bool {
        ["password", "secret", "key.pem", "oauthbearer.config", "keystore.pem"].contains { name.contains($0) }
    }

    private static func text(_ setting: Settings) -> String? {
        switch setting.value {
        case .string(let value): value
        case .bool(let value): value ? "true" : "false"
        case .integer(let value), .byteSize(let value): String(value)
        case .number(let value): String(value)
        case .duration(let value): String(value.microseconds / 1_000)
        case .null, .list, .object: nil
        }
    }
}

/// Calls a function of librdkafka that explains its failure in a buffer; `nil` if it succeeds.
func withErrorBuffer(_ body: (UnsafeMutablePointer<CChar>, Int) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer -> String? in
        guard let base = buffer.baseAddress else { return "out of memory" }
        base.initialize(repeating: 0, count: 512)
        return body(base, 512) ? nil : String(cString: base)
    }
}
