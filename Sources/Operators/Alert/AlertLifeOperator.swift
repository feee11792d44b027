import Columnar
import Dataflow
import Detection
import Primitives

/// Follows the incidents of the keys of one subtask. Rows are observed in the order of event time, once the watermark
/// has passed them, so that no thread and no replay decides what is told.
final class AlertLifeOperator: Operator {
    private let plan: AlertPlan
    private let life: AlertLife
    private let refusal: RowRefusal
    private let names: IncidentNames
    private let pending = PendingObservations()
    private let tracks: IncidentTracks
    private let combined: CombinedState

    init(_ plan: AlertPlan, _ life: AlertLife, _ refusal: RowRefusal, board: IncidentBoard?) {
        self.plan = plan
        self.life = life
        self.refusal = refusal
        names = IncidentNames(operatorName: plan.name, severities: AlertLife.severities)
        tracks = IncidentTracks(life.incidents.policy, names, board: board)
        combined = CombinedState([pending, tracks])
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let judged = judge(frame.batch, output)
        guard let times = judged.batch.eventTimes else { return }
        let keyColumns = plan.keys.map { judged.batch.column(at: $0) }
        var member = RowKeyEncoder(keyColumns)
        var group = RowKeyEncoder(life.incidents.group.map { judged.batch.column(at: $0) })
        defer {
            member.deallocate()
            group.deallocate()
        }
        // Rows that are not bad matter where an incident must go on for a while to open, or where a history is kept.
        let takesAll = life.incidents.policy.hold > 0 || life.value != nil
        var late: [UInt32] = []
        judged.batch.forEachRow { row in
            guard times.values[row] >= frame.floor.microseconds else {
                return late.append(UInt32(truncatingIfNeeded: row))
            }
            let (level, isKept) = (judged.levels[row], judged.isKept[row])
            guard level > 0 || isKept || takesAll else {
                output.ledger.filtered += 1
                return
            }
            output.ledger.folded += 1
            let key = group.encode(row)
            let bytes = Array(member.encode(row))
            pending.insert(
                IncidentObservation(
                    key: Hashing.hash64(key, seed: 1),
                    // Where the exchange sends a row that has this key.
                    owner: life.incidents.group.isEmpty ? 0 : Hashing.hash64(key), member: bytes,
                    time: times.values[row], level: level, isKept: isKept, title: judged.titles[row] ?? plan.name,
                    message: judged.messages[row] ?? "", value: judged.values?.number(row)))
        }
        if !late.isEmpty {
            refusal.putAside(judged.batch, late, "its time has been looked at", frame.floor, output)
        }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let rows = IncidentRows(names, plan.schema, keyCount: plan.keys.count, floor: pending.watermark)
        var told = pending.take(before: watermark).flatMap(tracks.observe)
        // The end of the input ends incidents, as it closes windows; the checkpoint before it holds them open.
        told += tracks.advance(to: watermark.microseconds)
        told.sort(by: ToldIncident.isBefore)
        for incident in told { rows.append(Self.worded(incident)) }
        rows.flush(output)
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) {
        let told = tracks.takeAcknowledgements()
        guard !told.isEmpty else { return }
        let rows = IncidentRows(names, plan.schema, keyCount: plan.keys.count, floor: pending.watermark)
        for incident in told { rows.append(Self.worded(incident)) }
        rows.flush(output)
    }

    var state: (any OperatorState)? { combined }
    var memoryFootprint: Int { pending.memoryFootprint + tracks.memoryFootprint }

    /// What the rows of a batch say; by row.
    private struct Judged {
        /// Without rows for which an expression failed.
        var batch: RecordBatch
        var levels: [Int]
        var isKept: [Bool]
        var titles: [Int: String] = [:]
        var messages: [Int: String] = [:]
        var values: Column?
    }

    private func judge(_ batch: RecordBatch, _ output: OperatorOutput) -> Judged {
        var batch = batch
        func select(_ expression: CompiledExpression, _ name: String) -> SelectionVector {
            let (kept, errors) = expression.select(batch)
            if let errors { batch = refusal.refuse(batch, errors, name, output) }
            return kept
        }
        let bad = select(plan.condition, "when")
        let good = select(life.resolve, "resolve")
        let worse = life.escalations.map { (level: $0.level, rows: select($0.condition, "escalate")) }
        var judged = Judged(
            batch: batch, levels: Array(repeating: 0, count: batch.rowCount),
            isKept: Array(repeating: true, count: batch.rowCount))
        batch.selecting(good).forEachRow { judged.isKept[$0] = false }
        batch.selecting(bad).forEachRow { judged.levels[$0] = life.level }
        for (level, rows) in worse {
            batch.selecting(rows).forEachRow { row in
                if judged.levels[row] > 0 { judged.levels[row] = max(judged.levels[row], level) }
            }
        }
        var matching = SelectionBuilder(capacity: bad.count)
        batch.forEachRow { row in if judged.levels[row] > 0 { matching.append(row) } }
        let matches = batch.selecting(matching.finish())
        let messages = plan.message.render(matches)
        let titles = plan.title?.render(matches)
        var index = 0
        matches.forEachRow { row in
            judged.messages[row] = messages[index]
            judged.titles[row] = titles?[index]
            index += 1
        }
        judged.values = life.value?.evaluate(batch).column
        return judged
    }

    /// The texts of a row: the last bad row's, and what has become of it.
    private static func worded(_ told: ToldIncident) -> ToldIncident {
        var told = told
        switch told.transition.status {
        case .open, .escalate: break
        case .update: told.message = "for \(IncidentText.length(told.transition)) now: \(told.message)"
        case .acknowledge: told.title += IncidentText.acknowledged(by: told.acknowledgedBy)
        case .resolve:
            told.title += ", resolved"
            told.message = "over after \(IncidentText.length(told.transition)); it was: \(told.message)"
        }
        return told
    }
}
