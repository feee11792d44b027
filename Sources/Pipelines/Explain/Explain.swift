import Columnar
import Dataflow

/// Shows what a pipeline will do, before it does anything: the typed graph, the state, the exchanges. Without secrets.
package enum Explain {
    /// How an explanation is written.
    package enum Format: String, Sendable, CaseIterable {
        case text, json, dot
    }

    package static func render(_ plan: LogicalPlan, as format: Format) -> String {
        switch format {
        case .text: ExplainText(plan: plan).rendered()
        case .json: ExplainJSON(plan: plan).rendered()
        case .dot: ExplainDot(plan: plan).rendered()
        }
    }
}

extension LogicalNode {
    /// `source`, `operator`, `sink` or `stream`.
    var kind: String {
        switch work {
        case .implicit: "stream"
        case .source: "source"
        case .operator: "operator"
        case .sink: "sink"
        }
    }

    /// The component's key in the file; `nil` for an implicit stream.
    var component: String? {
        switch work {
        case .implicit: nil
        case .source(let source): source.connector.spec.name
        case .operator(let kind, _): kind
        case .sink(let sink): sink.connector.spec.name
        }
    }

    var `operator`: PlannedOperator? { if case .operator(_, let planned) = work { planned } else { nil } }

    var state: StateEstimate? {
        guard let state = self.operator?.state, state.worstCaseBytes > 0 else { return nil }
        return state
    }

    /// What travels between subtasks in front of an operator, or within it; `nil` if nothing does.
    var exchange: Exchange? {
        guard let planned = self.operator else { return nil }
        switch planned.placement {
        case .local: return nil
        case .keyed(let keys, _): return Exchange(travels: "rows", keys: keys.map(\.field.name))
        case .joined(let keys, _): return Exchange(travels: "rows", keys: keys.first?.map(\.field.name))
        case .folded: return Exchange(travels: "partial rows", keys: planned.output.key)
        case .judged: return Exchange(travels: "keys", keys: nil)
        }
    }

    struct Exchange {
        /// `rows`, `partial rows` or `keys`.
        var travels: String
        /// Columns whose values decide the owner; empty if one subtask owns everything, `nil` if the operator's own
        /// key does.
        var keys: [String]?
    }
}

extension LogicalPlan {
    /// Whether an operator's state may have to leave memory.
    func goesToDisk(_ state: StateEstimate) -> Bool {
        let share = MemoryBudget.stateShare(of: memoryBudget ?? MemoryBudget.standard)
        return state.spilledBytesPerKey != nil && checkpointInterval > .zero && worstCaseMemory > share
    }

    /// A line for each operator that keeps state: its worst case.
    package var stateLines: [String] {
        nodes.compactMap { node in
            guard let state = node.state else { return nil }
            let least = goesToDisk(state) ? ", \(ByteSizeText.format(state.leastBytes)) of it in memory at least" : ""
            return "\(node.name): at most \(ByteSizeText.format(state.worstCaseBytes)) of state\(least)"
        }
    }

    /// Bytes of state of all operators together, clamped.
    package var worstCaseMemory: Int64 {
        nodes.compactMap { $0.state?.worstCaseBytes }.reduce(0) { sum, bytes in
            let (total, overflow) = sum.addingReportingOverflow(bytes)
            return overflow ? .max : total
        }
    }
}
