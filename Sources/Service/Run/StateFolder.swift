package import Dataflow
package import Pipelines
package import Primitives

/// The folder that a pipeline's state lives in: its lock and its checkpoints.
package final class StateFolder {
    private let plan: LogicalPlan
    private let directory: String
    private let report: @Sendable (Fault) -> Void
    private let store: (any CheckpointStore)?
    /// The newest checkpoint; `nil` if there is none.
    package let checkpoint: Checkpoint?

    /// The folder that the command line names, or the pipeline's own.
    package static func path(_ named: String?, pipeline: String) -> String { named ?? ".martlet/\(pipeline)" }

    /// Locks the folder, which is made if need be, and finds its newest checkpoint.
    /// - Parameter report: told of checkpoints that are damaged and passed over.
    package init(
        _ plan: LogicalPlan, directory: String, report: @escaping @Sendable (Fault) -> Void
    ) throws(Fault) {
        self.plan = plan
        self.directory = directory
        self.report = report
        guard plan.checkpointInterval > .zero else {
            store = nil
            checkpoint = nil
            return
        }
        let store = try LocalCheckpointStore(
            disk: LocalDisk(root: ""), directory: directory, pipeline: plan.name, diskBudget: plan.diskBudget)
        self.store = store
        checkpoint = try store.open(report: report)
    }

    /// What becomes of a folder's state under a file. Nothing is locked or changed, and the rows are not read: only a
    /// run needs to know that they are whole, and it goes by the hash of the plan.
    package static func statePlan(
        _ plan: LogicalPlan, directory: String, report: @Sendable (Fault) -> Void
    ) throws(Fault) -> StatePlan {
        let folder = CheckpointFolder(disk: LocalDisk(root: ""), directory: directory)
        for epoch in try folder.epochs() {
            do throws(Fault) {
                let head = try folder.manifest(epoch, pipeline: plan.name).head
                return StatePlan(plan, checkpoint: head.isFinished ? nil : head)
            } catch {
                if error.domain == .user { throw error }
                report(error)
            }
        }
        return StatePlan(plan, checkpoint: nil)
    }

    /// Where a run starts from; `nil` if it keeps no state.
    /// - Parameters:
    ///   - accepted: the hash of the state plan that was agreed to.
    ///   - continuation: whether to go on from the checkpoint that is there.
    func start(accepted: String?, _ continuation: StateContinuation = .unlessFinished) throws(Fault) -> JobCheckpoints?
    {
        guard let store else { return nil }
        let epoch = store.newestEpoch
        guard let checkpoint, continuation != .never else {
            return JobCheckpoints(store: store, interval: plan.checkpointInterval, start: nil, epoch: epoch)
        }
        if checkpoint.head.isFinished, continuation == .unlessFinished {
            report(
                Fault(
                    "state.finished", "the run before has read its input to the end; this one starts anew",
                    detail: "\(directory), checkpoint \(epoch)"))
            return JobCheckpoints(store: store, interval: plan.checkpointInterval, start: nil, epoch: epoch)
        }
        let statePlan = StatePlan(plan, checkpoint: checkpoint.head)
        if statePlan.needsAcceptance, accepted != statePlan.hash { throw refusal(statePlan, accepted: accepted) }
        let head = checkpoint.head.following(statePlan)
        return JobCheckpoints(
            store: store, interval: plan.checkpointInterval, start: Checkpoint(head: head), epoch: epoch,
            dropped: Set(statePlan.lines.filter { $0.action == .rebuild || $0.action == .drop }.map(\.name)))
    }

    package func close() {
        store?.close()
    }

    private func refusal(_ statePlan: StatePlan, accepted: String?) -> Fault {
        let lost = statePlan.lines.filter { $0.action == .rebuild || $0.action == .drop }
        return Fault(
            accepted == nil ? "state.plan" : "state.plan_changed",
            accepted == nil
                ? "the file does not fit the state that is there" : "the plan that was agreed to is not this one",
            detail: lost.map { "\($0.action.rawValue) \($0.name)" }.joined(separator: ", "),
            hint: "look with `martlet plan`, then run with --accept \(statePlan.hash), or name another folder with "
                + "--state")
    }
}

extension CheckpointHead {
    /// Where each source reads on, by its name and its lanes'.
    var positions: [String: [String: String]] {
        Dictionary(
            sources.map { source in
                (source.name, Dictionary(source.lanes.map { ($0.name, $0.position) }) { $1 })
            }
        ) { $1 }
    }
}
