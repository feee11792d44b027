package import Dataflow
import Primitives

/// What the state of a folder will become under a pipeline file: said before anything is done, and bound to a hash, so
/// that what was read and agreed to is what happens.
package struct StatePlan: Sendable {
    /// What becomes of one operator's state.
    package enum Action: String, Sendable {
        /// There was none: it begins with what is read from now on.
        case begin
        case keep
        /// Kept, and completed where the file asks for more than it holds.
        case migrate
        /// Left behind; the input is read again from its beginning.
        case rebuild
        /// Left behind: the file has no such operator any more.
        case drop
    }

    /// What becomes of one operator's state, and why.
    package struct Line: Sendable {
        package var name: String
        /// The operator's kind: `aggregate`.
        package var kind: String
        package var action: Action
        /// Why, one a line.
        package var reasons: [String]
    }

    /// A source that is read again.
    package struct Replay: Sendable {
        package var source: String
        /// Records read of it so far, which are read once more.
        package var records: Int64
        /// Where its lanes stand now.
        package var positions: [String]
    }

    package var pipeline: String
    /// The checkpoint that the plan is about; 0 if the folder holds none that a run would go on from.
    package var epoch: Int64
    /// In the order of the file; dropped ones last.
    package var lines: [Line]
    package var replays: [Replay]

    /// Whether a run must be told to accept it: state is lost, or built again.
    package var needsAcceptance: Bool { lines.contains { $0.action == .rebuild || $0.action == .drop } }

    /// Stands for everything the plan says. 16 hexadecimal digits.
    package var hash: String {
        var text = "\(pipeline) \(epoch)\n"
        for line in lines { text += "\(line.action.rawValue) \(line.name) \(line.reasons.joined(separator: "; "))\n" }
        return Hashing.hexadecimal(Hashing.hash64(text))
    }

    /// - Parameter checkpoint: the one that a run would go on from; `nil` if it would start anew.
    package init(_ plan: LogicalPlan, checkpoint: CheckpointHead?) {
        pipeline = plan.name
        epoch = checkpoint?.epoch ?? 0
        lines = []
        replays = []
        var kept: Set<String> = []
        for node in plan.nodes {
            guard case .operator(let kind, let planned) = node.work, let shape = planned.stateShape else { continue }
            kept.insert(node.name)
            var found = checkpoint?.operators.first { $0.name == node.name }
            if let shape = found?.shape.ofFile { found?.shape = shape }
            lines.append(Self.line(node.name, kind, shape, found: found))
        }
        for found in checkpoint?.operators ?? [] where !kept.contains(found.name) {
            lines.append(
                Line(
                    name: found.name, kind: found.shape.kind, action: .drop,
                    reasons: ["the file has no operator of this name"]))
        }
        if let checkpoint { spreadRebuilds(plan, checkpoint) }
    }

    private static func line(_ name: String, _ kind: String, _ shape: StateShape, found: OperatorCheckpoint?) -> Line {
        guard let found else { return Line(name: name, kind: kind, action: .begin, reasons: []) }
        if found.shape == shape { return Line(name: name, kind: kind, action: .keep, reasons: []) }
        if found.shape.kind != shape.kind {
            return Line(
                name: name, kind: kind, action: .rebuild, reasons: ["it was of kind \(found.shape.kind)"])
        }
        var reasons: [String] = []
        var mustRebuild = found.shape.version != shape.version
        if mustRebuild { reasons.append("its state has version \(found.shape.version), not \(shape.version)") }
        for fact in shape.facts {
            let before = found.shape.facts.first { $0.name == fact.name }
            if before?.value == fact.value { continue }
            reasons.append(
                before.map { "\(fact.name): \($0.value) becomes \(fact.value)" } ?? "\(fact.name) is new: \(fact.value)"
            )
            // What is new can be completed; what has another meaning cannot.
            if before != nil, fact.onChange == .rebuild { mustRebuild = true }
        }
        for fact in found.shape.facts where !shape.facts.contains(where: { $0.name == fact.name }) {
            reasons.append("\(fact.name) is gone")
        }
        return Line(name: name, kind: kind, action: mustRebuild ? .rebuild : .migrate, reasons: reasons)
    }

    /// A source that is read again for one operator gives its records to all behind it, so their state must go too, and
    /// so on through every source that they read.
    private mutating func spreadRebuilds(_ plan: LogicalPlan, _ checkpoint: CheckpointHead) {
        let origins = plan.originsOfRows
        var again: Set<Int> = []
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for index in lines.indices {
                guard let position = plan.nodes.firstIndex(where: { $0.name == lines[index].name }) else { continue }
                let sources = origins[position]
                if lines[index].action == .rebuild {
                    hasGrown = hasGrown || !sources.isSubset(of: again)
                    again.formUnion(sources)
                } else if let shared = sources.first(where: again.contains) {
                    lines[index].action = .rebuild
                    lines[index].reasons.append("`\(plan.nodes[shared].name)` is read again")
                    hasGrown = true
                }
            }
        }
        for position in again.sorted() {
            let name = plan.nodes[position].name
            replays.append(
                Replay(
                    source: name,
                    records: checkpoint.ledger.sources.first { $0.name == name }?.counts.read ?? 0,
                    positions: checkpoint.sources.first { $0.name == name }?.lanes.map { "\($0.name) \($0.position)" }
                        ?? []))
        }
    }
}

extension CheckpointHead {
    /// What a run goes on from once a plan is accepted: without the state that it leaves behind, and without the
    /// positions of the sources that are read again.
    package func following(_ plan: StatePlan) -> CheckpointHead {
        let gone = Set(plan.lines.filter { $0.action == .rebuild || $0.action == .drop }.map(\.name))
        let again = Set(plan.replays.map(\.source))
        var head = self
        head.operators.removeAll { gone.contains($0.name) }
        head.sources.removeAll { again.contains($0.name) }
        head.ledger.sources.removeAll { again.contains($0.name) }
        head.ledger.operators.removeAll { gone.contains($0.name) }
        return head
    }
}

extension LogicalPlan {
    /// By node: the sources whose rows reach it.
    var originsOfRows: [Set<Int>] {
        var origins: [Set<Int>] = []
        for (index, node) in nodes.enumerated() {
            var own: Set<Int> = []
            for input in node.inputs { own.formUnion(origins[input]) }
            if case .source = node.work { own = [index] }
            origins.append(own)
        }
        return origins
    }
}
