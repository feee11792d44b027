import Columnar
import Dataflow
import Detection
import Primitives

/// The settings that operators with incidents share, read and checked.
struct IncidentSettings: Sendable {
    private static let longest: Int64 = 365 * 24 * 3_600_000_000
    private static let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    var policy: IncidentPolicy
    /// The columns whose values share an incident: those of the key, or some of them.
    var group: [FieldPath]

    /// - Parameters:
    ///   - quiet: the default, as a file would write it.
    ///   - cooldown: the same.
    static func fields(quiet: String, cooldown: String) -> [FieldSpec] {
        [
            FieldSpec(
                "for", .duration, default: "0s",
                doc: "For how long it must go on before an incident opens; of those who share one, for any of them."),
            FieldSpec(
                "quiet", .duration, default: quiet,
                doc: "For how long there must be nothing, or nothing bad, before an incident is over."),
            FieldSpec(
                "cooldown", .duration, default: cooldown,
                doc: "For how long after one a key raises no other, unless it is worse."),
            FieldSpec(
                "update", .duration, default: "0s",
                doc: "How often an incident that goes on is told of again, until somebody acknowledges it; 0s: never."),
            FieldSpec(
                "group", .list(.column),
                doc: "Columns of `by` whose values share one incident; all of `by` if absent, and `[]` makes one of "
                    + "all. A row of it speaks of who was bad last, of one moment of the worst."),
            FieldSpec(
                "mute",
                .list(
                    .object([
                        FieldSpec(
                            "from", .string, doc: "The first moment, RFC 3339.", example: "'2026-12-24T00:00:00Z'"),
                        FieldSpec("to", .string, doc: "The moment it ends."),
                        FieldSpec(
                            "days", .list(.choice(days)), doc: "Days of the week on which it begins; all if absent."),
                        FieldSpec(
                            "between", .string, doc: "Times of day, UTC; the second may be on the day after.",
                            example: "22:00-06:00"),
                    ])),
                doc: "When nothing is told but ends; what still goes on is told behind it. Each has `from` and `to`, "
                    + "or `days`, `between` or both."),
        ]
    }

    /// - Parameters:
    ///   - keys: the columns of `by`.
    ///   - defaults: for what the file leaves out, in microseconds.
    static func read(
        _ settings: Settings, keys: [FieldPath], quiet: Int64, cooldown: Int64, _ faults: FaultCollector
    ) -> IncidentSettings {
        func duration(_ name: String, _ absent: Int64) -> Int64 {
            guard let setting = settings[name], let value = setting.duration?.microseconds else { return absent }
            guard (0...longest).contains(value) else {
                faults.report(
                    Fault("incident.duration", "`\(name)` must be between nothing and a year"), at: setting.path)
                return absent
            }
            return value
        }
        let policy = IncidentPolicy(
            hold: duration("for", 0), quiet: duration("quiet", quiet), cooldown: duration("cooldown", cooldown),
            update: duration("update", 0), mute: (settings["mute"]?.list ?? []).compactMap { window($0, faults) })
        var group = keys
        if let columns = settings["group"]?.list {
            group = columns.compactMap { column in
                let found = keys.first { $0.field.name == column.string }
                if found == nil {
                    faults.report(
                        Fault(
                            "incident.group", "`\(column.string ?? "")` is no column of `by`",
                            hint: "group by columns that are part of the key"),
                        at: column.path)
                }
                return found
            }
        }
        return IncidentSettings(policy: policy, group: group)
    }

    /// What a reader of `explain` wants to know.
    var facts: [String] {
        var facts = ["over after \(DurationText.format(policy.quiet)) of quiet"]
        if policy.hold > 0 { facts.append("opens after \(DurationText.format(policy.hold))") }
        if policy.cooldown > 0 { facts.append("cool-down \(DurationText.format(policy.cooldown))") }
        if policy.update > 0 { facts.append("told again every \(DurationText.format(policy.update))") }
        if !policy.mute.isEmpty { facts.append("\(policy.mute.count) mute windows") }
        return facts
    }

    /// What shapes the state: incidents of other groups say nothing about these.
    var shapeFact: StateShape.Fact { StateShape.Fact("group", group) }

    /// The key that an incident is about, of a row's key.
    /// - Parameter keys: the columns of `by`.
    func groupKey(_ key: UnsafeRawBufferPointer, of keys: [FieldPath]) -> [UInt8] {
        let parts = RowKeyDecoder.parts(of: key, keys.map(\.field.type))
        return group.flatMap { column in
            keys.firstIndex { $0.field.name == column.field.name }.map { Array(key[parts[$0]]) } ?? []
        }
    }

    private static func window(_ setting: Settings, _ faults: FaultCollector) -> MuteWindow? {
        func wrong(_ hint: String, _ at: Settings? = nil) -> MuteWindow? {
            faults.report(Fault("incident.mute", "this is no stretch of time", hint: hint), at: (at ?? setting).path)
            return nil
        }
        if setting["from"] != nil || setting["to"] != nil {
            guard let from = setting["from"]?.string.flatMap({ Timestamp.parse($0) }),
                let to = setting["to"]?.string.flatMap({ Timestamp.parse($0) }), from < to,
                setting["days"] == nil, setting["between"] == nil
            else { return wrong("write `from` and a later `to`, like 2026-12-24T00:00:00Z") }
            return .once(from..<to)
        }
        guard setting["days"] != nil || setting["between"] != nil else { return wrong("name `days` or `between`") }
        if let named = setting["days"], named.list?.isEmpty ?? true { return wrong("name a day", named) }
        var times: [Int64] = [0, MuteWindow.day]
        if let between = setting["between"] {
            times = (between.string ?? "").split(separator: "-").compactMap(timeOfDay)
            guard times.count == 2 else { return wrong("write two times of day, like 22:00-06:00", between) }
        }
        let named = setting["days"]?.list?.compactMap { $0.string.flatMap { days.firstIndex(of: $0) } }
        return .weekly(days: Set(named ?? Array(days.indices)), from: times[0], to: times[1])
    }

    /// `22:00`, in microseconds since midnight.
    private static func timeOfDay(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), (0...24).contains(hour), (0..<60).contains(minute),
            hour * 60 + minute <= 1_440
        else { return nil }
        return (hour * 60 + minute) * 60_000_000
    }
}
