import Columnar

/// `top`: the rows of each group with the greatest values, the greatest first.
final class TopRowsAccumulator: Accumulator {
    /// Before a row's columns in a state: its value, its time and how many bytes its columns have.
    private static let headBytes = 8 + 8 + 4

    private let top: TopRows
    private let types: [DataType]
    private var groups: [[RankedRow]] = []
    private var arena = RowArena()
    /// Rows that the lists of all groups have room for.
    private var rowCapacity = 0

    init(_ top: TopRows) {
        self.top = top
        types = top.types
    }

    override func resize(_ count: Int) {
        while groups.count < count { groups.append([]) }
    }

    override func clear(_ group: Int) {
        for row in groups[group] { arena.remove(row.place) }
        rowCapacity -= groups[group].capacity
        groups[group] = []
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        guard case .struct(let input)? = input, let values = RankColumn(input.children[0]),
            let times = input.children[1].asInt64
        else { return }
        var encoder = RowKeyEncoder(Array(input.children[2...]))
        defer { encoder.deallocate() }
        for index in rows.indices {
            let (row, group) = (Int(rows[index]), Int(groups[index]))
            guard let value = values[row], admits(value, times.values[row], group) else { continue }
            insert(value, times.values[row], encoder.encode(row), group)
        }
        tidy()
    }

    override func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        guard let other = other as? TopRowsAccumulator else { return }
        for index in groups.indices {
            let group = Int(groups[index])
            for row in other.groups[Int(sources[index])] where admits(row.order, row.time, group) {
                other.arena.withRow(row.place) { insert(row.order, row.time, $0, group) }
            }
        }
        tidy()
    }

    override func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(groups[group].reduce(0) { $0 + Self.headBytes + Int($1.place.length) })
        for row in groups[group] {
            withUnsafeBytes(of: row.order.littleEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: row.time.littleEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: row.place.length.littleEndian) { bytes.append(contentsOf: $0) }
            arena.withRow(row.place) { bytes.append(contentsOf: $0) }
        }
        builders[builders.startIndex].append(bytes)
    }

    override func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        guard let states = columns[columns.startIndex].asBytes else { return }
        for index in groups.indices { merge(UnsafeRawBufferPointer(states[index]), Int(groups[index])) }
        tidy()
    }

    private func merge(_ state: UnsafeRawBufferPointer, _ group: Int) {
        var position = 0
        while position + Self.headBytes <= state.count {
            let order = Int64(littleEndian: state.loadUnaligned(fromByteOffset: position, as: Int64.self))
            let time = Int64(littleEndian: state.loadUnaligned(fromByteOffset: position + 8, as: Int64.self))
            let length = Int(UInt32(littleEndian: state.loadUnaligned(fromByteOffset: position + 16, as: UInt32.self)))
            position += Self.headBytes
            guard length <= state.count - position else { return }
            if admits(order, time, group) {
                insert(order, time, UnsafeRawBufferPointer(rebasing: state[position..<position + length]), group)
            }
            position += length
        }
    }

    override func rowCount(_ group: Int) -> Int { groups[group].count }

    override func appendRow(_ row: Int, of group: Int, to builders: ArraySlice<ColumnBuilder>) {
        builders[builders.startIndex].append(Int64(row + 1))
        arena.withRow(groups[group][row].place) { RowKeyDecoder.decode($0, into: Array(builders.dropFirst())) }
    }

    override var memoryFootprint: Int {
        // An array that is not empty has a head of 32 bytes.
        groups.capacity * 8 + min(groups.count, rowCapacity) * 32 + rowCapacity * MemoryLayout<RankedRow>.stride
            + arena.memoryFootprint
    }

    /// Whether a row may be one of a group's.
    private func admits(_ order: Int64, _ time: Int64, _ group: Int) -> Bool {
        let kept = groups[group].count
        guard kept >= top.count else { return true }
        if top.keepsTies && kept < top.rowsMax { return order >= groups[group][top.count - 1].order }
        return groups[group][kept - 1].isBehind(order, time) ?? true
    }

    /// Puts a row where it belongs, and lets go of those that are too many.
    private func insert(_ order: Int64, _ time: Int64, _ bytes: UnsafeRawBufferPointer, _ group: Int) {
        var (low, high) = (0, groups[group].count)
        while low < high {
            let middle = (low + high) / 2
            let other = groups[group][middle]
            let isBefore =
                other.isBehind(order, time) ?? arena.withRow(other.place) { EncodedRows.isLess(bytes, $0, types) }
            if isBefore { high = middle } else { low = middle + 1 }
        }
        guard low < top.rowsMax else { return }
        rowCapacity -= groups[group].capacity
        groups[group].insert(RankedRow(order: order, time: time, place: arena.add(bytes)), at: low)
        rowCapacity += groups[group].capacity
        while let last = groups[group].last, isTooMany(last, group) {
            arena.remove(last.place)
            groups[group].removeLast()
        }
    }

    private func isTooMany(_ last: RankedRow, _ group: Int) -> Bool {
        let kept = groups[group].count
        guard kept > top.count else { return false }
        return !top.keepsTies || kept > top.rowsMax || last.order != groups[group][top.count - 1].order
    }

    /// Moves the rows that are left together, once they are few among those that are not.
    private func tidy() {
        guard arena.isWasteful else { return }
        var packed = RowArena()
        for group in groups.indices {
            for row in groups[group].indices {
                groups[group][row].place = arena.withRow(groups[group][row].place) { packed.add($0) }
            }
        }
        arena = packed
    }
}
