import Columnar

/// `sum` and `avg` of floating-point numbers, with Neumaier's compensation, so that the order in which rows and partial
/// sums arrive changes the result by no more than a few units in the last place. Null rows are left out.
final class FloatSumAccumulator: Accumulator {
    private let isAverage: Bool
    private var sums = GroupStates<Double>()
    private var compensations = GroupStates<Double>()
    private var counts = GroupStates<Int64>()

    init(isAverage: Bool) {
        self.isAverage = isAverage
    }

    override func resize(_ count: Int) {
        sums.grow(to: count, with: 0)
        compensations.grow(to: count, with: 0)
        counts.grow(to: count, with: 0)
    }

    override func clear(_ group: Int) {
        sums[group] = 0
        compensations[group] = 0
        counts[group] = 0
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard let values = input?.asFloat64 else { return }
        for index in rows.indices where values.isValid(Int(rows[index])) {
            add(values.values[Int(rows[index])], to: Int(groups[index]))
            counts[Int(groups[index])] &+= 1
        }
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? FloatSumAccumulator else { return }
        for index in groups.indices {
            let group = Int(groups[index])
            add(other.sums[Int(sources[index])], to: group)
            compensations[group] += other.compensations[Int(sources[index])]
            counts[group] &+= other.counts[Int(sources[index])]
        }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        let first = builders.startIndex
        builders[first].append(sums[group])
        builders[first + 1].append(compensations[group])
        builders[first + 2].append(counts[group])
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        let first = columns.startIndex
        guard let sum = columns[first].asFloat64, let compensation = columns[first + 1].asFloat64,
            let count = columns[first + 2].asInt64
        else { return }
        for index in groups.indices {
            let group = Int(groups[index])
            add(sum.values[index], to: group)
            compensations[group] += compensation.values[index]
            counts[group] &+= count.values[index]
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        guard counts[group] > 0 else { return builder.appendNull() }
        let sum = sums[group].isFinite ? sums[group] + compensations[group] : sums[group]
        builder.append(isAverage ? sum / Double(counts[group]) : sum)
    }

    override var memoryFootprint: Int { sums.memoryFootprint + compensations.memoryFootprint + counts.memoryFootprint }

    private func add(_ value: Double, to group: Int) {
        let sum = sums[group]
        let total = sum + value
        compensations[group] += abs(sum) >= abs(value) ? (sum - total) + value : (value - total) + sum
        sums[group] = total
    }
}
