import Columnar
import Dataflow
import Detection
import Primitives

/// The rows that a `crisis` gives.
struct CrisisRows {
    private static let samplesShown = 3

    private let plan: CrisisPlan
    private let floor: EventTime
    private let builders: [ColumnBuilder]
    private let times = ColumnBuilder(.timestamp)

    init(_ plan: CrisisPlan, floor: EventTime) {
        self.plan = plan
        self.floor = floor
        builders = plan.schema.fields.map { ColumnBuilder($0.type) }
    }

    /// Adds what is to be told of an incident at the end of a minute.
    mutating func append(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ status: CrisisIncident.Status, _ incident: CrisisIncident,
        _ evidence: CrisisEvidence, _ samples: PostSamples, at minute: Int64
    ) {
        let time = minute + CrisisDetector.minute - 1
        let incidentName = identifier("incident_", hash, incident.startedAt)
        let shown = samples.best.prefix(Self.samplesShown).map(\.text)
        let message =
            status == .resolve
            ? CrisisMessage.resolved(evidence, at: minute)
            : CrisisMessage.text(evidence, at: minute, sample: shown.first)
        let keyBuilders = Array(builders.suffix(plan.keys.count))
        RowKeyDecoder.decode(key, into: keyBuilders)
        builders[0].append(identifier("alert_", hash ^ UInt64(status.rank), time))
        builders[1].append(plan.name)
        builders[2].append("\(incident.severity)")
        builders[3].append("\(plan.name): \(incident.severity)\(status == .resolve ? ", resolved" : "")")
        builders[4].append(message)
        builders[5].append(time)
        builders[6].append(incidentName)
        builders[7].append(status.rawValue)
        builders[8].append(incident.startedAt)
        builders[9].append(evidence.score)
        builders[10].append(Int64(evidence.minutes))
        builders[11].append(evidence.posts)
        for (index, value) in [
            evidence.expected, evidence.ratio, evidence.negativeShare, evidence.usualNegativeShare,
        ].enumerated() {
            builders[12 + index].append(value)
        }
        builders[16].append(evidence.followers)
        builders[17].append(evidence.engagement)
        builders[18].append(evidence.reachRatio)
        builders[19].append(evidence.similarShare)
        if let elements = builders[20].elements { for text in shown { elements.append(text) } }
        builders[20].appendList()
        times.append(time)
    }

    mutating func flush(_ output: OperatorOutput) {
        guard times.count > 0 else { return }
        let rowCount = times.count
        output.emitMade(
            RecordBatch(
                schema: plan.schema, columns: builders.map { $0.finish() }, rowCount: rowCount,
                eventTimes: times.finish().asInt64),
            floor: floor)
    }

    /// The same in every run: the operator's name, the key and a time, hashed.
    private func identifier(_ prefix: String, _ key: UInt64, _ time: Int64) -> String {
        var name = plan.name
        let named = name.withUTF8 { Hashing.hash64(UnsafeRawBufferPointer($0), seed: key) }
        let digits = String(Hashing.mix(named ^ UInt64(bitPattern: time)), radix: 16)
        return prefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension CrisisIncident.Status {
    var rank: Int {
        switch self {
        case .open: 1
        case .escalate: 2
        case .resolve: 3
        }
    }
}
