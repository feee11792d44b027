import Columnar

/// `min` and `max` of whole numbers and times; null rows are left out.
final class IntegerExtremeAccumulator: Accumulator {
    private let isMaximum: Bool
    private var values = GroupStates<Int64>()
    private var isSet = GroupStates<Bool>()

    init(isMaximum: Bool) {
        self.isMaximum = isMaximum
    }

    override func resize(_ count: Int) {
        values.grow(to: count, with: isMaximum ? .min : .max)
        isSet.grow(to: count, with: false)
    }

    override func clear(_ group: Int) {
        values[group] = isMaximum ? .min : .max
        isSet[group] = false
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard let column = input?.asInt64 else { return }
        for index in rows.indices where column.isValid(Int(rows[index])) {
            take(column.values[Int(rows[index])], Int(groups[index]))
        }
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? IntegerExtremeAccumulator else { return }
        for index in groups.indices where other.isSet[Int(sources[index])] {
            take(other.values[Int(sources[index])], Int(groups[index]))
        }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        appendResult(group, to: builders[builders.startIndex])
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asInt64 else { return }
        for index in groups.indices where states.isValid(index) { take(states.values[index], Int(groups[index])) }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        if isSet[group] { builder.append(values[group]) } else { builder.appendNull() }
    }

    override var memoryFootprint: Int { values.memoryFootprint + isSet.memoryFootprint }

    private func take(_ value: Int64, _ group: Int) {
        values[group] = isMaximum ? max(values[group], value) : min(values[group], value)
        isSet[group] = true
    }
}

/// `min` and `max` of floating-point numbers; null rows and NaN are left out.
final class FloatExtremeAccumulator: Accumulator {
    private let isMaximum: Bool
    private var values = GroupStates<Double>()
    private var isSet = GroupStates<Bool>()

    init(isMaximum: Bool) {
        self.isMaximum = isMaximum
    }

    override func resize(_ count: Int) {
        values.grow(to: count, with: isMaximum ? -.infinity : .infinity)
        isSet.grow(to: count, with: false)
    }

    override func clear(_ group: Int) {
        values[group] = isMaximum ? -.infinity : .infinity
        isSet[group] = false
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard let column = input?.asFloat64 else { return }
        for index in rows.indices where column.isValid(Int(rows[index])) {
            take(column.values[Int(rows[index])], Int(groups[index]))
        }
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? FloatExtremeAccumulator else { return }
        for index in groups.indices where other.isSet[Int(sources[index])] {
            take(other.values[Int(sources[index])], Int(groups[index]))
        }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        appendResult(group, to: builders[builders.startIndex])
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asFloat64 else { return }
        for index in groups.indices where states.isValid(index) { take(states.values[index], Int(groups[index])) }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        if isSet[group] { builder.append(values[group]) } else { builder.appendNull() }
    }

    override var memoryFootprint: Int { values.memoryFootprint + isSet.memoryFootprint }

    private func take(_ value: Double, _ group: Int) {
        guard !value.isNaN else { return }
        values[group] = isMaximum ? max(values[group], value) : min(values[group], value)
        isSet[group] = true
    }
}
