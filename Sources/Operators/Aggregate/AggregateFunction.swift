import Columnar

/// One output column of an `aggregate`, or the rows of a `top`.
struct AggregateFunction: Sendable {
    enum Kind: Sendable, Hashable {
        case count
        case countValues
        case countIf
        case sum
        case average
        case minimum
        case maximum
        case countDistinct
        case quantile(Double)
        case topK(Int)
        case topRows(TopRows)
    }

    var kind: Kind
    /// What is aggregated, over the input's columns; `nil` for `count()`.
    var argument: CompiledExpression?
    /// The output column.
    var result: Field
    /// The call as written in the file, but for blanks.
    var text = ""

    private var isFloat: Bool { argument?.type == .float64 }

    /// The columns in which a state travels.
    var stateTypes: [DataType] {
        switch kind {
        case .count, .countValues, .countIf: [.int64]
        case .sum, .average: isFloat ? [.float64, .float64, .int64] : [.int64, .int64, .int64]
        case .minimum, .maximum: [argument?.type ?? .int64]
        case .countDistinct, .quantile, .topK, .topRows: [.bytes]
        }
    }

    /// What it is called where rows are refused.
    var place: String {
        if case .topRows = kind { "`order`" } else { "aggregate column `\(result.name)`" }
    }

    /// The columns that come out.
    var results: [Field] {
        if case .topRows(let rows) = kind { rows.results } else { [result] }
    }

    /// What rows are folded from.
    /// - Parameter argument: the argument's value for each row of the batch.
    func input(_ argument: Column, _ batch: RecordBatch) -> Column? {
        if case .topRows(let rows) = kind { rows.input(argument, batch) } else { argument }
    }

    func makeAccumulator() -> Accumulator {
        switch kind {
        case .count: CountAccumulator(.rows)
        case .countValues: CountAccumulator(.values)
        case .countIf: CountAccumulator(.matches)
        case .sum: isFloat ? FloatSumAccumulator(isAverage: false) : IntegerSumAccumulator(isAverage: false)
        case .average: isFloat ? FloatSumAccumulator(isAverage: true) : IntegerSumAccumulator(isAverage: true)
        case .minimum:
            isFloat ? FloatExtremeAccumulator(isMaximum: false) : IntegerExtremeAccumulator(isMaximum: false)
        case .maximum:
            isFloat ? FloatExtremeAccumulator(isMaximum: true) : IntegerExtremeAccumulator(isMaximum: true)
        case .countDistinct: DistinctAccumulator()
        case .quantile(let quantile): QuantileAccumulator(quantile)
        case .topK(let count): TopAccumulator(count)
        case .topRows(let rows): TopRowsAccumulator(rows)
        }
    }

    /// Bytes of a state at its largest.
    var stateBytes: Int {
        switch kind {
        case .count, .countValues, .countIf: 8
        case .sum, .average: 24
        case .minimum, .maximum: 9
        case .countDistinct: 16_384 + 64
        // Two signs, each with bins of 12 bytes.
        case .quantile: 2 * 2_048 * 12 + 128
        case .topK(let count): TopAccumulator.capacity(count) * 96 + 128
        case .topRows(let rows): rows.stateBytes
        }
    }
}
