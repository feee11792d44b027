import Columnar
import Dataflow
import Primitives

/// What an `alert` with incidents has beyond its condition.
struct AlertLife: Sendable {
    /// From level 1 on.
    static let severities = ["info", "warning", "critical"]
    private static let own = ["escalate", "value", "for", "quiet", "update", "group", "mute"]

    var resolve: CompiledExpression
    /// The level of a row for which only `when` holds, and conditions of worse ones.
    var level: Int
    var escalations: [(level: Int, condition: CompiledExpression)]
    var value: CompiledExpression?
    var incidents: IncidentSettings

    var paths: Set<String> {
        escalations.reduce(resolve.paths.union(value?.paths ?? [])) { $0.union($1.condition.paths) }
    }

    /// Reads what turns alerts into incidents; `nil` if the file has no `resolve`, or a wrong one.
    static func read(
        _ settings: Settings, _ input: StreamShape, keys: [FieldPath], _ faults: FaultCollector
    ) -> AlertLife? {
        guard let resolve = settings["resolve"] else {
            for name in own {
                guard let setting = settings[name] else { continue }
                faults.report(
                    Fault(
                        "alert.resolve_missing", "`\(name)` is about incidents, and without `resolve` there are none",
                        hint: "say when it is good again, for example `resolve: '!(…)'` with the condition of `when`"),
                    at: setting.path)
            }
            return nil
        }
        faults.refuseUpdating(input, "alert", at: settings.path)
        let level = (severities.firstIndex(of: settings["severity"]?.string ?? "warning") ?? 1) + 1
        var escalations: [(level: Int, condition: CompiledExpression)] = []
        for (name, setting) in settings["escalate"]?.members ?? [] {
            guard let worse = severities.firstIndex(of: name), worse + 1 > level else {
                faults.report(
                    Fault(
                        "alert.escalate", "`\(name)` is no severity above this alert's",
                        hint: "write one of \(severities.dropFirst(level).joined(separator: ", "))"),
                    at: setting.path)
                continue
            }
            if let condition = faults.condition(setting, input.schema) { escalations.append((worse + 1, condition)) }
        }
        var value: CompiledExpression?
        if let setting = settings["value"], let source = setting.string {
            value = faults.compile(source, input.schema, at: setting.path)
            if let type = value?.type, type != .int64, type != .float64 {
                faults.report(
                    Fault("expression.type", "`value` needs a number, and this is \(type)"), at: setting.path)
            }
        }
        let incidents = IncidentSettings.read(settings, keys: keys, quiet: 300_000_000, cooldown: 600_000_000, faults)
        guard let resolve = faults.condition(resolve, input.schema) else { return nil }
        return AlertLife(
            resolve: resolve, level: level, escalations: escalations, value: value, incidents: incidents)
    }
}
