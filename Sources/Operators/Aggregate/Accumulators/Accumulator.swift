import Columnar

/// One aggregate of every group of a pane: a column of states that rows are folded into and that can be merged.
///
/// Groups are numbered from 0; a state starts as that of no rows. Calls are one a batch, never one a row.
class Accumulator {
    /// Makes room for states of `count` groups.
    func resize(_ count: Int) {
        preconditionFailure("an accumulator says how it grows")
    }

    /// Makes a state that of no rows again.
    func clear(_ group: Int) {
        preconditionFailure("an accumulator says how it empties a state")
    }

    /// Folds rows into groups: `rows[i]` of `input` into `groups[i]`. `input` is `nil` where the aggregate takes none.
    func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        preconditionFailure("an accumulator says how it folds")
    }

    /// Merges states of `other`, of the same class: its group `sources[i]` into `groups[i]`.
    func merge(_ other: Accumulator, _ sources: [UInt32], _ groups: [UInt32]) {
        preconditionFailure("an accumulator says how it merges")
    }

    /// Appends a state, one value a type of `AggregateFunction.stateTypes`.
    func appendState(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        preconditionFailure("an accumulator says how it travels")
    }

    /// Appends the states of some groups.
    func appendStates(_ groups: Range<Int>, to builders: ArraySlice<ColumnBuilder>) {
        for group in groups { appendState(group, to: builders) }
    }

    /// Merges states that `appendState` wrote: row `i` of `columns` into `groups[i]`.
    func mergeStates(_ columns: ArraySlice<Column>, _ groups: [UInt32]) {
        preconditionFailure("an accumulator says how it travels")
    }

    /// Appends the aggregate of a group.
    func appendResult(_ group: Int, to builder: ColumnBuilder) {
        preconditionFailure("an accumulator says its result")
    }

    /// Rows that come out of a group.
    func rowCount(_ group: Int) -> Int { 1 }

    /// Appends one of a group's rows, one value a column of `AggregateFunction.results`.
    func appendRow(_ row: Int, of group: Int, to builders: ArraySlice<ColumnBuilder>) {
        appendResult(group, to: builders[builders.startIndex])
    }

    /// Appends some rows of some groups.
    func appendRows(_ rows: [(group: Int, row: Int)], to builders: ArraySlice<ColumnBuilder>) {
        for (group, row) in rows { appendRow(row, of: group, to: builders) }
    }

    /// Merges one of its groups into another, for a function with states of these types.
    final func absorb(_ group: Int, into target: Int, _ stateTypes: [DataType]) {
        let builders = stateTypes.map { ColumnBuilder($0, capacity: 1) }
        appendState(group, to: builders[...])
        mergeStates(builders.map { $0.finish() }[...], [UInt32(truncatingIfNeeded: target)])
    }

    /// Bytes of memory that the states hold.
    var memoryFootprint: Int { 0 }
}
