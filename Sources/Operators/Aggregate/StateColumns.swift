import Columnar
import Dataflow
import Primitives

/// How keys and aggregates stand in rows of state: by name, so that a file may add and remove aggregates.
struct StateColumns: Sendable {
    let keyFields: [Field]
    let functions: [AggregateFunction]

    // Names of columns that every row of state has are single words, so that no column of a stream is taken for one.
    private static func name(ofKey field: Field) -> String { "key \(field.name)" }
    private static func name(ofState index: Int, _ function: AggregateFunction) -> String {
        "state \(index) \(function.result.name)"
    }

    /// The key's columns.
    var keys: [Field] { keyFields.map { Field(Self.name(ofKey: $0), $0.type, isNullable: true) } }

    /// The columns of every state.
    var states: [Field] {
        functions.flatMap { function in
            function.stateTypes.enumerated().map { index, type in
                Field(Self.name(ofState: index, function), type, isNullable: true)
            }
        }
    }

    /// Appends the states of a group.
    /// - Parameter builders: those of `states`.
    func append(_ accumulators: [Accumulator], _ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        var first = builders.startIndex
        for (accumulator, function) in zip(accumulators, functions) {
            accumulator.appendState(group, to: builders[first..<first + function.stateTypes.count])
            first += function.stateTypes.count
        }
    }

    func keys(_ rows: RecordBatch) throws(Fault) -> [Column] {
        var keys: [Column] = []
        for field in keyFields {
            guard let key = rows.column(Self.name(ofKey: field), field.type) else { throw Self.foreign }
            keys.append(key)
        }
        return keys
    }

    /// The states of every function; `nil` for one that the rows were written without.
    func states(_ rows: RecordBatch) -> [[Column]?] {
        functions.map { function in
            let columns = function.stateTypes.enumerated().map { index, type in
                rows.column(Self.name(ofState: index, function), type)
            }
            return columns.contains { $0 == nil } ? nil : columns.compactMap { $0 }
        }
    }

    /// What the rows lack cannot be done without.
    static let foreign = Fault(
        "state.columns", "the stored state of an aggregate lacks columns that this file needs",
        hint: "its shape has changed: let it be rebuilt", domain: .internal)

    /// Bytes of memory of one group at its largest: its key in a key table, and every state.
    var bytesPerGroup: Int {
        let keyBytes = keyFields.reduce(0) { sum, field in
            switch field.type {
            case .string, .bytes: sum + 5 + 32
            default: sum + 9
            }
        }
        let states = functions.reduce(0) { $0 + $1.stateBytes }
        // Tables and arrays double when they are full; while one does, the old half is still there.
        return (keyBytes + 8 + 8 + 8 + 1 + states) * 2
    }

    /// Facts of `StateShape`: a column keeps its meaning as long as its text and the type of its argument do; one that
    /// comes or goes leaves the others as they are.
    var facts: [StateShape.Fact] {
        let key = keyFields.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
        return [StateShape.Fact("by", key, onChange: .rebuild)]
            + functions.map { function in
                let type = function.argument.map { " of \($0.type)" } ?? ""
                return StateShape.Fact("column \(function.result.name)", function.text + type, onChange: .rebuild)
            }
    }
}
