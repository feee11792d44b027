import Columnar

/// `count()`: rows; `count(x)`: rows that have an `x`; `count_if(c)`: rows where `c` is true.
final class CountAccumulator: Accumulator {
    enum Mode {
        case rows
        case values
        case matches
    }

    private let mode: Mode
    private var counts = GroupStates<Int64>()

    init(_ mode: Mode) {
        self.mode = mode
    }

    override func resize(_ count: Int) { counts.grow(to: count, with: 0) }

    override func clear(_ group: Int) { counts[group] = 0 }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        switch mode {
        case .rows:
            for group in groups { counts[Int(group)] += 1 }
        case .values:
            guard let validity = input?.validity else {
                for group in groups { counts[Int(group)] += 1 }
                return
            }
            for index in rows.indices where validity[Int(rows[index])] { counts[Int(groups[index])] += 1 }
        case .matches:
            guard let matches = input?.asBool else { return }
            for index in rows.indices where matches[Int(rows[index])] && matches.isValid(Int(rows[index])) {
                counts[Int(groups[index])] += 1
            }
        }
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? CountAccumulator else { return }
        for index in groups.indices { counts[Int(groups[index])] += other.counts[Int(sources[index])] }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(counts[group])
    }

    override func appendStates(_ groups: Range<Int>, to builders: ArraySlice<ColumnBuilder>) {
        let builder = builders[builders.startIndex]
        for group in groups { builder.append(counts[group]) }
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asInt64 else { return }
        for index in groups.indices { counts[Int(groups[index])] += states.values[index] }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        builder.append(counts[group])
    }

    override func appendRows(_ rows: [(group: Int, row: Int)], to builders: ArraySlice<ColumnBuilder>) {
        let builder = builders[builders.startIndex]
        for (group, _) in rows { builder.append(counts[group]) }
    }

    override var memoryFootprint: Int { counts.memoryFootprint }
}
