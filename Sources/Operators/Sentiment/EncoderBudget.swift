import Columnar
import Dataflow
import Primitives

/// Which rows of a batch an encoder may read, so many a second of event time.
///
/// A batch may spend what its lane has advanced in event time, from the latest row before it to its own latest. The
/// sum over the batches of a lane is the budget times its event time, whoever works on them in whatever order, and a
/// replay of the same batches chooses the same rows.
struct EncoderBudget {
    /// Texts a second.
    let rate: Int64

    /// How many rows a frame may spend.
    func allowance(_ frame: Frame) -> Int {
        guard let times = frame.batch.eventTimes, frame.batch.rowCount > 0 else { return 0 }
        var (earliest, latest) = (Int64.max, Int64.min)
        for row in 0..<frame.batch.rowCount {
            earliest = min(earliest, times.values[row])
            latest = max(latest, times.values[row])
        }
        let before = frame.latestBefore == .distantPast ? earliest : frame.latestBefore.microseconds
        guard latest > before else { return 0 }
        let allowed = budget(at: latest).subtractingReportingOverflow(budget(at: before))
        return allowed.overflow
            ? frame.batch.rowCount : Int(min(Int64(frame.batch.rowCount), max(0, allowed.partialValue)))
    }

    /// The rows to read: those of the least confidence; of equals the earlier.
    func choose(_ rows: [Int], _ confidences: [Double], _ allowance: Int) -> [Int] {
        guard allowance < rows.count else { return Array(rows.indices) }
        let order = rows.indices.sorted { left, right in
            confidences[left] == confidences[right] ? left < right : confidences[left] < confidences[right]
        }
        return order.prefix(allowance).sorted()
    }

    /// What may have been spent up to a time, from the epoch on.
    private func budget(at time: Int64) -> Int64 {
        let second = time >= 0 ? time / 1_000_000 : (time - 999_999) / 1_000_000
        let rest = time - second * 1_000_000
        return (second &* rate) &+ rest * rate / 1_000_000
    }
}
