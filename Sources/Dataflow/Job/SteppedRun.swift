package import Primitives

/// One run of a job without threads: its owner steps its parts, one at a time and in any order.
///
/// They are the parts that `JobRun` puts on threads, so that a simulation runs what is shipped. A run that is let go of
/// without a word has been killed.
package final class SteppedRun {
    /// What has a thread of its own in a `JobRun`.
    package enum Part: Hashable, Sendable {
        case subtask(Int)
        /// By its node.
        case sink(Int)
        case checkpoints
    }

    package let parts: [Part]
    private let job: Job
    private let shared: JobShared
    private var subtasks: [Int: Subtask] = [:]
    private var runners: [Int: SinkRunner] = [:]
    private var coordinator: CheckpointCoordinator?
    private var ended: Set<Part> = []

    package init(
        _ job: Job, _ settings: JobSettings, park: @escaping @Sendable ([DeadLetter], String) -> Void
    ) throws(Fault) {
        self.job = job
        shared = JobShared(job, settings, park: park)
        shared.resumeProgress(job)
        var parts: [Part] = []
        for (index, node) in job.nodes.enumerated() {
            guard case .sink(let sink) = node.work, let queue = shared.sinkQueues[index] else { continue }
            runners[index] = SinkRunner(node: index, sink: try sink.open(), queue: queue, shared: shared)
            parts.append(.sink(index))
        }
        parts += (0..<settings.subtasks).map(Part.subtask)
        if let checkpoints = settings.checkpoints, let barrier = shared.barrier {
            coordinator = CheckpointCoordinator(job, shared, barrier, checkpoints)
            parts.append(.checkpoints)
        }
        self.parts = parts
    }

    /// Brings a part to where the run starts from; called once for each, before it is stepped.
    package func restore(_ part: Part) throws(Fault) {
        switch part {
        case .subtask(let index):
            let subtask = Subtask(index: index, job: job, shared: shared)
            subtasks[index] = subtask
            try GraphBuilder.build(subtask)
            if let checkpoints = shared.settings.checkpoints { try subtask.restore(checkpoints) }
        case .sink(let node):
            if let checkpoints = shared.settings.checkpoints {
                try runners[node]?.restore(checkpoints, name: job.nodes[node].name)
            }
        case .checkpoints: break
        }
    }

    /// Lets a part do what there is to do; `false` if that was nothing.
    package func step(_ part: Part) throws(Fault) -> Bool {
        guard !isDone(part) else { return false }
        switch part {
        case .subtask(let index):
            guard let subtask = subtasks[index] else { return false }
            let hasWorked = try subtask.step()
            if subtask.isDone {
                subtask.end()
                ended.insert(part)
            }
            return hasWorked
        case .sink(let node):
            guard let runner = runners[node] else { return false }
            let hasWorked = try runner.step()
            if runner.isDone { ended.insert(part) }
            return hasWorked
        case .checkpoints:
            guard let coordinator else { return false }
            let hasWorked = try coordinator.step()
            if coordinator.isDone { ended.insert(part) }
            return hasWorked
        }
    }

    /// Whether a part has come to its end.
    package func isDone(_ part: Part) -> Bool { ended.contains(part) }
    package var isDone: Bool { ended.count == parts.count }

    /// Ends the run in order, as a signal would.
    package func stop() { shared.stop() }

    /// The counts as they stand; closed once the run is done.
    package func ledger() -> JobLedger { shared.ledger(of: job) }
}
