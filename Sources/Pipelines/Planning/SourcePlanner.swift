import Columnar
import Dataflow
import Primitives

/// Finds the rows of a source: reads its schema, asks its format, checks its event time.
struct SourcePlanner {
    let catalogue: ComponentCatalogue
    let places: FaultPlaces
    let findings: Findings

    struct Outcome {
        /// The columns of its records, whether or not the rest of it is right: what reads it can then be checked too.
        var schema: Schema?
        /// With all columns wanted; `nil` if there are faults.
        var planned: PlannedSource?
    }

    func plan(_ node: SourceSpec, _ spec: PipelineSpec) -> Outcome {
        let connector = node.connector.flatMap { catalogue.source(named: $0.name) }
        if let connector, let use = node.connector, let settings = use.settings {
            let faults = FaultCollector()
            connector.validate(settings, faults)
            report(faults, of: use)
        }
        guard let schema = schema(node, spec) else { return Outcome() }
        let eventTime = eventTime(node, schema)
        guard let connector, let settings = node.connector?.settings, let use = node.format,
            let formatSettings = use.settings, let format = catalogue.format(named: use.name), let eventTime
        else { return Outcome(schema: schema) }
        let planned = PlannedSource(
            connector: connector, settings: settings, format: format, formatSettings: formatSettings,
            wantedSchema: schema, fullSchema: schema, eventTime: eventTime, delay: node.delay, idle: node.idle,
            onError: node.onError)
        return Outcome(schema: schema, planned: planned)
    }

    private func schema(_ node: SourceSpec, _ spec: PipelineSpec) -> Schema? {
        guard !node.isSchemaFaulty else { return nil }
        var declared: Schema?
        if let placed = node.schema {
            let context = PlanContext(
                name: node.name.text, baseDirectory: spec.baseDirectory, readTable: catalogue.readTable)
            do throws(Fault) {
                declared = try catalogue.schemaReader.readSchema(context.resolve(placed.text))
            } catch {
                findings.report(error, at: placed.place)
                return nil
            }
        }
        guard let use = node.format, let settings = use.settings, let format = catalogue.format(named: use.name) else {
            return nil
        }
        let faults = FaultCollector()
        let schema = format.schema(settings, declared: declared, faults)
        report(faults, of: use)
        if schema == nil, faults.isEmpty {
            findings.error(
                "schema.missing", "the columns of `\(node.name.text)` are not known",
                hint: "name a schema file: `schema: mention.avsc`", at: node.name.place)
        }
        return schema
    }

    private func eventTime(_ node: SourceSpec, _ schema: Schema) -> EventTimeOrigin? {
        guard let column = node.eventColumn else { return .transport }
        guard let path = schema.resolve(column.text) else {
            let hint = Spelling.nearest(column.text, schema.paths).map { "did you mean `\($0)`?" }
            let listed = schema.paths.map { "`\($0)`" }.joined(separator: ", ")
            findings.error(
                "schema.column_missing", "`\(node.name.text)` has no column `\(column.text)`",
                hint: hint ?? "its columns are: \(listed)", at: column.place)
            return nil
        }
        guard path.field.type == .timestamp else {
            findings.error(
                "schema.event_time_type", "the column `\(column.text)` is \(path.field.type), not a timestamp",
                hint: "give it a timestamp type in the schema file", at: column.place)
            return nil
        }
        return .column(column.text)
    }

    private func report(_ faults: FaultCollector, of use: ComponentUse) {
        for fault in faults.faults { findings.report(fault.fault, at: places.place(of: fault, in: use.node)) }
    }
}
