import Columnar
import Dataflow
import Primitives

/// Takes rows out of a batch that cannot go on, as dead letters or late letters with their reason and their values.
struct RowRefusal: Sendable {
    private let renderRow: RowRenderer

    init(_ context: SubtaskContext) {
        renderRow = context.renderRow
    }

    /// Refuses the rows for which an expression failed.
    /// - Parameter what: the expression as the reader of the letter knows it: `filter`, `column x`.
    /// - Returns: the batch without them.
    func refuse(_ batch: RecordBatch, _ errors: RowErrors, _ what: String, _ output: OperatorOutput) -> RecordBatch {
        var letters: [DeadLetter] = []
        var kept = SelectionBuilder(capacity: batch.selectedCount)
        batch.forEachRow { row in
            guard let error = errors.error(at: row) else { return kept.append(row) }
            letters.append(letter(batch, row, code: error.code, reason: "\(what): \(error.message)"))
        }
        output.emitDeadLetters(letters)
        return batch.selecting(kept.finish())
    }

    /// Refuses the rows for which a rule holds.
    /// - Returns: the batch without them.
    func refuse(
        _ batch: RecordBatch, code: String, reason: String, _ output: OperatorOutput, where isBad: (Int) -> Bool
    ) -> RecordBatch {
        var letters: [DeadLetter] = []
        var kept = SelectionBuilder(capacity: batch.selectedCount)
        batch.forEachRow { row in
            guard isBad(row) else { return kept.append(row) }
            letters.append(letter(batch, row, code: code, reason: reason))
        }
        output.emitDeadLetters(letters)
        return batch.selecting(kept.finish())
    }

    /// Puts rows aside that came too late.
    func putAside(_ batch: RecordBatch, _ rows: [UInt32], _ output: OperatorOutput, reason: (Int) -> String) {
        output.emitLate(rows.map { letter(batch, Int($0), code: "late", reason: reason(Int($0))) })
    }

    /// Puts rows aside for a reason of an operator's own.
    func putAside(
        _ batch: RecordBatch, _ rows: [UInt32], _ reason: String, _ floor: EventTime, _ output: OperatorOutput
    ) {
        output.emitLate(
            rows.map { row in
                letter(
                    batch, Int(row), code: "late",
                    reason: "\(reason); the watermark had reached \(Timestamp.format(floor.microseconds))")
            })
    }

    private func letter(_ batch: RecordBatch, _ row: Int, code: String, reason: String) -> DeadLetter {
        DeadLetter(
            code: code, reason: reason, origin: "", partition: 0, offset: -1, bytes: renderRow(batch, row),
            eventTime: batch.eventTimes?.values[row])
    }
}
