import Columnar
import Primitives

/// Builds one subtask's instance of every stage of a job, in the same order as every other subtask does.
struct GraphBuilder {
    private let job: Job
    private let subtask: Subtask
    /// The stage that a node's rows enter, by node.
    private var entries: [Int: Stage] = [:]
    /// The stage that a node's rows leave, by node.
    private var exits: [Int: Stage] = [:]

    private init(_ subtask: Subtask) {
        self.subtask = subtask
        job = subtask.job
    }

    static func build(_ subtask: Subtask) throws(Fault) {
        var builder = GraphBuilder(subtask)
        for (index, node) in builder.job.nodes.enumerated() { try builder.add(node, index) }
        builder.connect()
    }

    private mutating func add(_ node: JobNode, _ index: Int) throws(Fault) {
        let firstStage = subtask.stages.count
        switch node.work {
        case .source(let source):
            let inbox = subtask.shared.inboxes[subtask.index]
            let decoder = try source.makeDecoder()
            let reader = try source.source.makeReader(
                subtask: subtask.index, of: subtask.count, wake: { inbox.wake() })
            subtask.drivers.append(
                SourceDriver(
                    node: index, source: source, reader: reader, decoder: decoder,
                    shared: subtask.shared, subtask: subtask.index))
        case .operator(let work): try add(work, index, slots: node.inputs.count)
        case .sink: break
        }
        if subtask.shared.isBehindImplicit[index] {
            subtask.implicitStages.formUnion(firstStage..<subtask.stages.count)
        }
    }

    private mutating func add(_ work: JobOperator, _ node: Int, slots: Int) throws(Fault) {
        let context = SubtaskContext(
            subtask: subtask.index, subtasks: subtask.count, clock: subtask.shared.settings.clock,
            seed: subtask.shared.settings.seed, renderRow: subtask.shared.settings.renderRow,
            spills: subtask.shared.settings.spills, stateMemory: subtask.shared.settings.stateMemory,
            incidents: subtask.shared.settings.incidents)
        let first = subtask.stages.count
        let isParallel = subtask.count > 1
        switch work.placement {
        case .local(let make):
            append(OperatorStage(try make(context), index: first, node: node, subtask: subtask, slots: slots))
        case .keyed(let keys, let make):
            add(try make(context), keys: Array(repeating: keys, count: slots), node)
        case .joined(let keys, let make):
            add(try make(context), keys: keys, node)
        case .folded(let factory):
            if isParallel {
                let fold = OperatorStage(
                    try factory.makeFold(context), index: first, node: node, subtask: subtask, slots: slots)
                let exchange = ExchangeStage(
                    .hashed, target: first + 2, index: first + 1, node: node, subtask: subtask, slots: 1)
                fold.targets = [.stage(exchange, slot: 0, edge: nil)]
                append(fold)
                append(exchange)
                append(
                    OperatorStage(
                        try factory.makeMerge(context), index: first + 2, node: node, subtask: subtask,
                        slots: subtask.count, countsReceived: false, isBehindExchange: true))
            } else {
                append(
                    OperatorStage(
                        try factory.makeWhole(context), index: first, node: node, subtask: subtask, slots: slots))
            }
        case .judged(let factory):
            let ask = AskStage(
                try factory.makeAsker(context), judgeStage: first + 1, index: first, node: node, subtask: subtask,
                slots: slots)
            append(ask)
            append(
                JudgeStage(
                    try factory.makeJudge(context), askStage: first, index: first + 1, node: node, subtask: subtask,
                    slots: subtask.count))
            entries[node] = ask
            exits[node] = ask
            return
        }
        entries[node] = subtask.stages[first]
        exits[node] = subtask.stages[subtask.stages.count - 1]
    }

    /// Adds an operator behind an exchange by key.
    /// - Parameter keys: of each input.
    private mutating func add(_ work: any Operator, keys: [[FieldPath]], _ node: Int) {
        let first = subtask.stages.count
        guard subtask.count > 1 else {
            append(OperatorStage(work, index: first, node: node, subtask: subtask, slots: keys.count))
            return
        }
        append(
            ExchangeStage(
                .keys(keys), target: first + 1, index: first, node: node, subtask: subtask, slots: keys.count))
        append(
            OperatorStage(
                work, index: first + 1, node: node, subtask: subtask, slots: subtask.count, isBehindExchange: true))
    }

    private mutating func append(_ stage: Stage) {
        assert(stage.index == subtask.stages.count, "a stage stands at its number")
        subtask.stages.append(stage)
    }

    /// Joins every node's way out to the ways in of those that read it.
    private func connect() {
        var edge = 0
        for (index, node) in job.nodes.enumerated() {
            for (slot, input) in node.inputs.enumerated() {
                let target: StageTarget =
                    if let entry = entries[index] {
                        .stage(entry, slot: slot, edge: edge)
                    } else {
                        .sink(index, edge: edge)
                    }
                edge += 1
                guard case .node(let upstream) = input else {
                    subtask.implicitTargets[input, default: []].append(target)
                    continue
                }
                if let exit = exits[upstream] {
                    exit.targets.append(target)
                } else {
                    subtask.drivers.first { $0.node == upstream }?.targets.append(target)
                }
            }
        }
    }
}
