import Columnar
import Dataflow
import Primitives

/// Types the graph of a pipeline file: what each node's rows are, what it needs, what it keeps.
///
/// Two passes. The first gives every source all of its columns and reports the faults. From its result follows which
/// columns each source must decode; the second plans the same graph on those.
struct PipelinePlanner {
    let spec: PipelineSpec
    let catalogue: ComponentCatalogue
    let places: FaultPlaces
    let findings: Findings
    var redactor = Redactor()

    /// The plan; `nil` if there are faults, which are in `findings`.
    func plan() -> LogicalPlan? {
        let graph = StreamGraph(spec, findings)
        let sourcePlanner = SourcePlanner(catalogue: catalogue, places: places, findings: findings)
        let sources = spec.sources.map { sourcePlanner.plan($0, spec) }
        let full = pass(graph, sources.map(\.schema), findings)
        // A node that a variable has left open is no error, and no plan.
        guard !findings.hasErrors, full.isComplete else { return nil }
        let planned = sources.compactMap(\.planned)
        guard planned.count == spec.sources.count else { return nil }
        let narrow = narrowed(planned, wantedPaths(graph, full))
        let second = findings.again()
        let pruned = pass(graph, narrow, second)
        // An operator that asked for less than it needs is a defect of ours, not of the file.
        let isNarrowed = !second.hasErrors && pruned.isComplete
        if !isNarrowed {
            findings.report(
                Fault(
                    "plan.projection", "every column is decoded: an operator asked for less than it needs",
                    detail: second.all.first?.fault.message, domain: .internal),
                at: Place(source: 0, offset: 0), severity: .warning)
        }
        let final = isNarrowed ? pruned : full
        checkMemory(final, graph)
        guard !findings.hasErrors else { return nil }
        return assemble(graph, planned, isNarrowed ? narrow : planned.map(\.fullSchema), final)
    }

    /// What one pass found, by positions in the spec.
    private struct Pass {
        var operators: [PlannedOperator?]
        var shapes: [String: StreamShape]
        var sinks: [StreamShape?]

        var isComplete: Bool { !operators.contains { $0 == nil } && !sinks.contains { $0 == nil } }
    }

    private func pass(_ graph: StreamGraph, _ schemas: [Schema?], _ findings: Findings) -> Pass {
        var result = Pass(operators: spec.operators.map { _ in nil }, shapes: [:], sinks: [])
        for (source, schema) in zip(spec.sources, schemas) {
            guard let schema else { continue }
            result.shapes[source.name.text] = StreamShape(schema: schema, hasEventTime: true)
        }
        for position in graph.operatorOrder {
            let node = spec.operators[position]
            guard let planned = plan(node, result.shapes, findings) else { continue }
            result.operators[position] = planned
            result.shapes[node.name.text] = planned.output
        }
        for stream in ImplicitStream.allCases {
            result.shapes[stream.rawValue] = StreamShape(schema: DeadLetter.schema, hasEventTime: false)
        }
        for sink in spec.sinks {
            let shape = sink.from.first.flatMap { result.shapes[$0.text] }
            result.sinks.append(shape)
            guard let shape, let use = sink.component, let settings = use.settings,
                let factory = catalogue.sink(named: use.name)
            else { continue }
            let faults = FaultCollector()
            factory.validate(settings, schema: shape.schema, key: shape.key, faults)
            report(faults, of: use, findings)
        }
        return result
    }

    private func plan(_ node: OperatorSpec, _ shapes: [String: StreamShape], _ findings: Findings) -> PlannedOperator? {
        guard let use = node.component, let factory = catalogue.operator(named: use.name) else { return nil }
        if !node.from.isEmpty, !factory.inputCount.contains(node.from.count) {
            let (least, most) = (factory.inputCount.lowerBound, factory.inputCount.upperBound)
            let wanted = least == most ? "\(least)" : most == .max ? "\(least) or more" : "\(least) to \(most)"
            findings.error(
                "graph.inputs",
                "`\(use.name)` reads \(wanted) stream\(wanted == "1" ? "" : "s"), `from:` names "
                    + "\(node.from.count)",
                hint: "write one operator for each stream, or join them first", at: node.fromPlace)
            return nil
        }
        var names: Set<String> = []
        for stream in node.from where !names.insert(stream.text).inserted {
            findings.error(
                "graph.duplicate_input", "`\(stream.text)` stands twice in one `from:`", hint: "name it once",
                at: stream.place)
            return nil
        }
        let inputs = node.from.compactMap { shapes[$0.text] }
        guard let settings = use.settings, !inputs.isEmpty, inputs.count == node.from.count else { return nil }
        let context = PlanContext(
            name: node.name.text, baseDirectory: spec.baseDirectory, models: catalogue.models,
            readTable: catalogue.readTable)
        let faults = FaultCollector()
        let planned = factory.plan(settings, inputs: inputs, context, faults)
        report(faults, of: use, findings)
        if planned == nil, faults.isEmpty {
            findings.report(
                Fault("plan.operator", "`\(use.name)` cannot be planned, and does not say why", domain: .internal),
                at: use.keyPlace)
        }
        return planned
    }

    private func report(_ faults: FaultCollector, of use: ComponentUse, _ findings: Findings) {
        for fault in faults.faults { findings.report(fault.fault, at: places.place(of: fault, in: use.node)) }
    }

    // MARK: projection

    /// What of each source is read, found from the sinks backwards.
    private func wantedPaths(_ graph: StreamGraph, _ pass: Pass) -> [String: Set<String>?] {
        var wanted: [String: Wanted] = [:]
        for sink in spec.sinks {
            for stream in sink.from { wanted[stream.text, default: Wanted()].add(nil) }
        }
        for position in graph.operatorOrder.reversed() {
            guard let planned = pass.operators[position] else { continue }
            let node = spec.operators[position]
            let needs = planned.inputPaths(wanted[node.name.text, default: Wanted()].paths)
            for (index, stream) in node.from.enumerated() {
                // An operator that does not answer for an input gets all of it.
                wanted[stream.text, default: Wanted()].add(index < needs.count ? needs[index] : nil)
            }
        }
        return wanted.mapValues(\.paths)
    }

    private func narrowed(_ sources: [PlannedSource], _ wanted: [String: Set<String>?]) -> [Schema] {
        zip(spec.sources, sources).map { source, planned in
            guard var paths = wanted[source.name.text] ?? Set<String>() else { return planned.fullSchema }
            if case .column(let column) = planned.eventTime { paths.insert(column) }
            let schema = planned.fullSchema.pruned(to: paths)
            // A decoder of no columns would have nothing to check a record by.
            return schema.fields.isEmpty ? Schema(Array(planned.fullSchema.fields.prefix(1))) : schema
        }
    }

    // MARK: memory

    private func checkMemory(_ pass: Pass, _ graph: StreamGraph) {
        guard let budget = spec.memory, let place = spec.memoryPlace else { return }
        var total: Int64 = 0
        var largest: (name: String, bytes: Int64, description: String)?
        for position in graph.operatorOrder {
            guard let state = pass.operators[position]?.state else { continue }
            // Without checkpoints there is no folder to spill to.
            let bytes = spec.checkpointInterval > .zero ? state.leastBytes : state.worstCaseBytes
            total = total.addingReportingOverflow(bytes).overflow ? .max : total + bytes
            if bytes > largest?.bytes ?? 0 { largest = (spec.operators[position].name.text, bytes, state.description) }
        }
        let share = MemoryBudget.stateShare(of: budget)
        guard total > share, let largest else { return }
        findings.report(
            Fault(
                "resources.memory",
                "the state of the operators may take \(ByteSizeText.format(total)), the budget of "
                    + "\(ByteSizeText.format(budget)) leaves \(ByteSizeText.format(share)) for it",
                detail:
                    "`\(largest.name)` alone may take \(ByteSizeText.format(largest.bytes)): \(largest.description)",
                hint: "set `resources.memory` to \(ByteSizeText.budget(MemoryBudget.needed(forState: total))), or let "
                    + "`\(largest.name)` keep less"),
            at: place)
    }

    // MARK: the plan

    private func assemble(_ graph: StreamGraph, _ sources: [PlannedSource], _ schemas: [Schema], _ pass: Pass)
        -> LogicalPlan
    {
        var nodes: [LogicalNode] = []
        var positions: [String: Int] = [:]
        func add(_ node: LogicalNode, stream: String?) {
            if let stream { positions[stream] = nodes.count }
            nodes.append(node)
        }
        let facts = FactWriter(redactor: redactor)
        let read = Set(spec.sinks.flatMap { $0.from.map(\.text) })
        for stream in ImplicitStream.allCases where read.contains(stream.rawValue) {
            let shape = StreamShape(schema: DeadLetter.schema, hasEventTime: false)
            add(
                LogicalNode(name: stream.rawValue, inputs: [], shape: shape, work: .implicit(stream)),
                stream: stream.rawValue)
        }
        for (position, node) in spec.sources.enumerated() {
            var planned = sources[position]
            planned.wantedSchema = schemas[position]
            let shape = StreamShape(schema: schemas[position], hasEventTime: true)
            let shown = (node.connector.map(facts.facts) ?? []) + (node.format.map(facts.facts) ?? [])
            add(
                LogicalNode(name: node.name.text, inputs: [], shape: shape, work: .source(planned), facts: shown),
                stream: node.name.text)
        }
        for position in graph.operatorOrder {
            let node = spec.operators[position]
            guard let planned = pass.operators[position], let use = node.component else { continue }
            let inputs = node.from.compactMap { positions[$0.text] }
            add(
                LogicalNode(
                    name: node.name.text, inputs: inputs, shape: planned.output,
                    work: .operator(kind: use.name, planned), facts: planned.facts.map(redactor.redact)),
                stream: node.name.text)
        }
        for (node, shape) in zip(spec.sinks, pass.sinks) {
            guard let shape, let use = node.component, let settings = use.settings,
                let factory = catalogue.sink(named: use.name)
            else { continue }
            let inputs = node.from.compactMap { positions[$0.text] }
            add(
                LogicalNode(
                    name: node.name.text, inputs: inputs, shape: shape,
                    work: .sink(PlannedSink(connector: factory, settings: settings)), facts: facts.facts(use)),
                stream: nil)
        }
        return LogicalPlan(
            name: spec.name, description: spec.description, baseDirectory: spec.baseDirectory, nodes: nodes,
            checkpointInterval: spec.checkpointInterval, memoryBudget: spec.memory, diskBudget: spec.disk,
            redactor: redactor)
    }
}

extension StateEstimate {
    /// Bytes, clamped to what 64 bits hold.
    package var worstCaseBytes: Int64 {
        let (bytes, overflow) = Int64(max(0, bytesPerKey)).multipliedReportingOverflow(by: Int64(max(0, keys)))
        return overflow ? .max : bytes
    }

    /// Bytes of memory that are needed even where everything that can has gone to disk, clamped.
    package var leastBytes: Int64 {
        guard let spilledBytesPerKey else { return worstCaseBytes }
        let (bytes, overflow) = Int64(max(0, spilledBytesPerKey)).multipliedReportingOverflow(by: Int64(max(0, keys)))
        return overflow ? .max : min(worstCaseBytes, bytes + Self.spillRoom)
    }

    /// Memory that state which spills needs all the same, for what it is adding to.
    private static let spillRoom: Int64 = 64 << 20
}
