import Columnar
import Dataflow
import Detection
import Primitives

/// Something to tell of an incident, with what is known of it.
struct ToldIncident: Sendable {
    var transition: IncidentTransition
    /// The hash of the key that the incident is about.
    var key: UInt64
    /// The incident's name.
    var name: String
    /// The columns of `by`, encoded, of the row that speaks for it.
    var member: [UInt8]
    var title: String
    var message: String
    /// What was measured lately, oldest first.
    var history: [Double]
    /// Who has seen it, if that is what is told, as far as it is known.
    var acknowledgedBy = ""

    /// In the order of time; what falls together in an order that no thread decides.
    static func isBefore(_ left: ToldIncident, _ right: ToldIncident) -> Bool {
        (left.transition.time, left.key) < (right.transition.time, right.key)
    }
}

/// The rows that an operator gives about incidents: columns that all such operators have, then those of its own, then
/// those of its key.
struct IncidentRows {
    static let fields = [
        Field("alert_id", .string), Field("alert", .string), Field("severity", .string), Field("title", .string),
        Field("message", .string), Field("at", .timestamp), Field("incident", .string), Field("status", .string),
        Field("started_at", .timestamp), Field("history", .list(.float64)),
    ]

    private let names: IncidentNames
    private let keyCount: Int
    private let floor: EventTime
    private let made: MadeRows

    init(_ names: IncidentNames, _ schema: Schema, keyCount: Int, floor: EventTime) {
        self.names = names
        self.keyCount = keyCount
        self.floor = floor
        made = MadeRows(schema, floor: floor)
    }

    /// Adds a row.
    /// - Parameter fill: appends a value to each of the operator's own columns.
    func append(_ told: ToldIncident, fill: (ArraySlice<ColumnBuilder>) -> Void = { _ in }) {
        let (transition, builders) = (told.transition, made.builders)
        builders[0].append(names.alert(told.key, transition))
        builders[1].append(names.operatorName)
        builders[2].append(names.severity(transition.incident.level))
        builders[3].append(told.title)
        builders[4].append(told.message)
        builders[5].append(transition.time)
        builders[6].append(told.name)
        builders[7].append(transition.status.rawValue)
        builders[8].append(transition.incident.startedAt)
        if let elements = builders[9].elements { for value in told.history { elements.append(value) } }
        builders[9].appendList()
        fill(builders[Self.fields.count..<builders.count - keyCount])
        told.member.withUnsafeBytes { RowKeyDecoder.decode($0, into: Array(builders.suffix(keyCount))) }
        // Somebody's acknowledgement has no place in event time.
        made.endRow(at: max(transition.time, transition.status == .acknowledge ? floor.microseconds : .min))
    }

    func flush(_ output: OperatorOutput) { made.flush(output) }
}

/// Texts about incidents.
enum IncidentText {
    /// Whom a row speaks of: the values of its key.
    static func key(_ member: [UInt8], _ keys: [FieldPath]) -> String {
        let builders = keys.map { ColumnBuilder($0.field.type) }
        member.withUnsafeBytes { RowKeyDecoder.decode($0, into: builders) }
        return builders.map { MessageTemplate.text($0.finish(), 0) }.joined(separator: ", ")
    }

    /// What a title says of an incident that somebody has seen.
    static func acknowledged(by who: String) -> String { who.isEmpty ? ", acknowledged" : ", acknowledged by \(who)" }

    /// How long something went on: `40 s`, `14 min`, `3 h`, `2 d`.
    static func length(_ microseconds: Int64) -> String {
        let seconds = max(0, microseconds / 1_000_000)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) d"
        }
    }

    /// How long an incident has lasted when something is told of it.
    static func length(_ transition: IncidentTransition) -> String {
        let (length, overflow) = transition.time.subtractingReportingOverflow(transition.incident.startedAt)
        return Self.length(overflow ? .max : length)
    }
}
