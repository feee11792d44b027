import Columnar
import Dataflow
import Primitives

/// Computes what the functions of an aggregate are given, and refuses the rows for which that fails.
struct FunctionInputs {
    let functions: [AggregateFunction]
    let refusal: RowRefusal

    /// The batch without the refused rows, and a column a function; `nil` where the function takes none.
    func evaluate(_ batch: RecordBatch, _ output: OperatorOutput) -> (batch: RecordBatch, inputs: [Column?]) {
        var batch = batch
        var inputs: [Column?] = []
        for function in functions {
            guard let argument = function.argument else {
                inputs.append(nil)
                continue
            }
            let evaluated = argument.evaluate(batch)
            inputs.append(function.input(evaluated.column, batch))
            if let errors = evaluated.errors {
                // The whole row is refused, so that all of a result's columns speak of the same rows.
                batch = refusal.refuse(batch, errors, function.place, output)
            }
        }
        return (batch, inputs)
    }

    /// Refuses rows of times that no window can hold.
    func refuse(_ batch: RecordBatch, outside range: ClosedRange<Int64>, _ output: OperatorOutput) -> RecordBatch {
        guard let times = batch.eventTimes else { return batch }
        var isGood = true
        batch.forEachRow { row in isGood = isGood && range.contains(times.values[row]) }
        if isGood { return batch }
        return refusal.refuse(
            batch, code: "aggregate.time_range", reason: "its event time is too far out for windows", output
        ) { !range.contains(times.values[$0]) }
    }
}
