import Columnar
import Dataflow
import Operators
import Primitives

/// The operator `entities`, planned and made, with rows to put through it.
struct EntitiesRun {
    let schema: Schema
    let planned: PlannedOperator

    struct NotPlanned: Error {
        var faults: [Fault]
    }

    init(_ schema: Schema, text: String, table: StaticTable? = nil) throws {
        self.schema = schema
        let faults = FaultCollector()
        let planned = Self.plan(schema, text: text, watchlist: table.map { _ in "list.csv" }, faults) {
            _ throws(Fault) in table ?? StaticTable(columns: [], rows: [])
        }
        guard let planned else { throw NotPlanned(faults: faults.faults.map(\.fault)) }
        self.planned = planned
    }

    static func plan(
        _ schema: Schema, text: String, watchlist: String?, _ faults: FaultCollector,
        readTable: @escaping @Sendable (String) throws(Fault) -> StaticTable
    ) -> PlannedOperator? {
        var members = [(name: "text", value: Settings(.string(text), path: ["text"]))]
        if let watchlist { members.append(("watchlist", Settings(.string(watchlist), path: ["watchlist"]))) }
        let factory = BuiltinOperators.all.first { $0.spec.name == "entities" }
        return factory?.plan(
            Settings(.object(members)), inputs: [StreamShape(schema: schema, hasEventTime: true)],
            PlanContext(name: "tagged", baseDirectory: "/pipelines", readTable: readTable), faults)
    }

    func make() throws -> (any Operator)? {
        guard case .local(let make) = planned.placement else { return nil }
        return try make(
            SubtaskContext(subtask: 0, subtasks: 1, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] }))
    }

    func batch(_ texts: [String?], brands: [String?]? = nil, kept: SelectionVector? = nil) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: schema.fields.map { column($0, texts, brands) }, rowCount: texts.count,
            selection: kept)
    }

    /// Puts texts through the operator. Each result column gives a list a row; a string counts as a list of one, a
    /// missing one as an empty list.
    func rows(_ texts: [String?], brands: [String?]? = nil, kept: SelectionVector? = nil) throws -> [String: [[String]]]
    {
        guard let operation = try make() else { return [:] }
        let lane = Lane(node: 0, index: 0)
        let output = OperatorOutput(lane: lane)
        let batch = batch(texts, brands: brands, kept: kept)
        // Twice: builders are used again.
        for sequence in 0..<2 {
            let frame = Frame(batch: batch, lane: lane, sequence: Int64(sequence), floor: .distantPast)
            try operation.process(frame, output)
        }
        guard let result = output.takeFrames().last?.batch, result.schema == planned.output.schema else { return [:] }
        var found: [String: [[String]]] = [:]
        for (field, column) in zip(result.schema.fields, result.columns) {
            guard let values = Self.strings(column) else { continue }
            result.forEachRow { found[field.name, default: []].append(values($0)) }
        }
        return found
    }

    private static func strings(_ column: Column) -> ((Int) -> [String])? {
        if let list = column.asList, let elements = list.elements.asBytes {
            return { row in list[row].map { elements.string($0) } }
        }
        if let bytes = column.asBytes { return { row in bytes.isValid(row) ? [bytes.string(row)] : [] } }
        return nil
    }

    private func column(_ field: Field, _ texts: [String?], _ brands: [String?]?) -> Column {
        let builder = ColumnBuilder(field.type)
        for row in texts.indices { append(field, row, texts, brands, to: builder) }
        return builder.finish()
    }

    private func append(_ field: Field, _ row: Int, _ texts: [String?], _ brands: [String?]?, to builder: ColumnBuilder)
    {
        switch field.type {
        case .string:
            if let value = field.name == "brand" ? brands?[row] : texts[row] {
                builder.append(value)
            } else {
                builder.appendNull()
            }
        case .struct(let fields):
            for (member, field) in zip(builder.members, fields) { append(field, row, texts, brands, to: member) }
            builder.appendStruct()
        default: builder.append(Int64(row))
        }
    }
}
