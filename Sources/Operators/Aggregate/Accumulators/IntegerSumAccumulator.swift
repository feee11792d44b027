import Columnar

/// `sum` and `avg` of whole numbers. Sums are kept in 128 bits, so no order of rows can overflow them; null rows are
/// left out.
final class IntegerSumAccumulator: Accumulator {
    private let isAverage: Bool
    private var sums = GroupStates<Int128>()
    private var counts = GroupStates<Int64>()

    init(isAverage: Bool) {
        self.isAverage = isAverage
    }

    override func resize(_ count: Int) {
        sums.grow(to: count, with: 0)
        counts.grow(to: count, with: 0)
    }

    override func clear(_ group: Int) {
        sums[group] = 0
        counts[group] = 0
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard let values = input?.asInt64 else { return }
        if let validity = values.validity {
            for index in rows.indices where validity[Int(rows[index])] {
                sums[Int(groups[index])] &+= Int128(values.values[Int(rows[index])])
                counts[Int(groups[index])] &+= 1
            }
        } else {
            // Safe: 2^64 rows of 64-bit values fit into 128 bits.
            for index in rows.indices {
                sums[Int(groups[index])] &+= Int128(values.values[Int(rows[index])])
                counts[Int(groups[index])] &+= 1
            }
        }
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? IntegerSumAccumulator else { return }
        for index in groups.indices {
            sums[Int(groups[index])] &+= other.sums[Int(sources[index])]
            counts[Int(groups[index])] &+= other.counts[Int(sources[index])]
        }
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        let first = builders.startIndex
        builders[first].append(Int64(truncatingIfNeeded: sums[group]))
        builders[first + 1].append(Int64(truncatingIfNeeded: sums[group] >> 64))
        builders[first + 2].append(counts[group])
    }

    override func appendStates(_ groups: Range<Int>, to builders: ArraySlice<ColumnBuilder>) {
        let first = builders.startIndex
        let (low, high, count) = (builders[first], builders[first + 1], builders[first + 2])
        for group in groups {
            low.append(Int64(truncatingIfNeeded: sums[group]))
            high.append(Int64(truncatingIfNeeded: sums[group] >> 64))
            count.append(counts[group])
        }
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        let first = columns.startIndex
        guard let low = columns[first].asInt64, let high = columns[first + 1].asInt64,
            let count = columns[first + 2].asInt64
        else { return }
        for index in groups.indices {
            let sum = Int128(high.values[index]) << 64 | Int128(UInt64(bitPattern: low.values[index]))
            sums[Int(groups[index])] &+= sum
            counts[Int(groups[index])] &+= count.values[index]
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        guard counts[group] > 0 else { return builder.appendNull() }
        if isAverage {
            let sum = Int64(exactly: sums[group]).map { Double($0) } ?? Double(sums[group])
            builder.append(sum / Double(counts[group]))
        } else {
            builder.append(Int64(clamping: sums[group]))
        }
    }

    override func appendRows(_ rows: [(group: Int, row: Int)], to builders: ArraySlice<ColumnBuilder>) {
        let builder = builders[builders.startIndex]
        for (group, _) in rows { appendResult(group, to: builder) }
    }

    override var memoryFootprint: Int { sums.memoryFootprint + counts.memoryFootprint }
}
