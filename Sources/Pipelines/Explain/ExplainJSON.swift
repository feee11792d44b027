import Columnar
import Dataflow
import Primitives

/// `explain` for machines. Durations are written as in a pipeline file; sizes are bytes.
struct ExplainJSON {
    let plan: LogicalPlan

    func rendered() -> String {
        var members: [(String, JSONDocument)] = [("pipeline", .string(plan.name))]
        if let description = plan.description {
            members.append(("description", .string(plan.redactor.redact(description))))
        }
        members.append(("checkpoint_interval", .string(DurationText.format(plan.checkpointInterval))))
        members.append(
            (
                "resources",
                .object([
                    ("memory", plan.memoryBudget.map { .integer(Int($0)) } ?? .null),
                    (
                        "memory_for_state",
                        plan.memoryBudget.map { .integer(Int(MemoryBudget.stateShare(of: $0))) } ?? .null
                    ),
                    ("memory_worst_case", .integer(Int(plan.worstCaseMemory))),
                    ("disk", plan.diskBudget.map { .integer(Int($0)) } ?? .null),
                ])
            ))
        members.append(("nodes", .array(plan.nodes.map(node))))
        return JSONDocument.object(members).rendered()
    }

    private func node(_ node: LogicalNode) -> JSONDocument {
        var members: [(String, JSONDocument)] = [("name", .string(node.name)), ("kind", .string(node.kind))]
        if let component = node.component { members.append(("component", .string(component))) }
        members.append(("from", .strings(node.inputs.map { plan.nodes[$0].name })))
        members.append(("facts", .strings(node.facts)))
        if case .source(let source) = node.work { members += sourceMembers(source) }
        if let exchange = node.exchange {
            members.append(
                (
                    "exchange",
                    .object([
                        ("travels", .string(exchange.travels)),
                        ("keys", exchange.keys.map(JSONDocument.strings) ?? .null),
                    ])
                ))
        }
        if let state = node.state {
            members.append(
                (
                    "state",
                    .object([
                        ("bytes", .integer(Int(state.worstCaseBytes))), ("keys", .integer(state.keys)),
                        ("bytes_per_key", .integer(state.bytesPerKey)),
                        ("bytes_in_memory_least", .integer(Int(state.leastBytes))),
                        ("description", .string(plan.redactor.redact(state.description))),
                    ])
                ))
        }
        members.append(("has_event_time", .bool(node.shape.hasEventTime)))
        members.append(("key", .strings(node.shape.key)))
        members.append(("columns", columns(node.shape.schema)))
        return .object(members)
    }

    private func sourceMembers(_ source: PlannedSource) -> [(String, JSONDocument)] {
        let column: JSONDocument = if case .column(let column) = source.eventTime { .string(column) } else { .null }
        return [
            ("format", .string(source.format.spec.name)),
            (
                "event_time",
                .object([
                    ("column", column), ("delay", .string(DurationText.format(source.delay))),
                    ("idle", .string(DurationText.format(source.idle))),
                ])
            ),
            ("on_error", .string(source.onError.rawValue)),
            ("all_columns", columns(source.fullSchema)),
        ]
    }

    private func columns(_ schema: Schema) -> JSONDocument {
        .array(
            schema.fields.map { field in
                .object([
                    ("name", .string(field.name)), ("type", .string(field.type.description)),
                    ("nullable", .bool(field.isNullable)),
                ])
            })
    }
}
