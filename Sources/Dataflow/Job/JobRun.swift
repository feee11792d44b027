package import Primitives

/// One run of a job: its threads from start to end.
package final class JobRun: Sendable {
    private let job: Job
    private let shared: JobShared

    /// - Parameter park: keeps dead letters of the named node that nothing in the job reads. Called from any thread.
    package init(_ job: Job, _ settings: JobSettings, park: @escaping @Sendable ([DeadLetter], String) -> Void) {
        precondition(
            (1...KeyGroup.count).contains(settings.subtasks), "a job has between one subtask and one for each key group"
        )
        self.job = job
        shared = JobShared(job, settings, park: park)
    }

    /// Runs to the end of every source, or until `stop()`. Blocks the caller.
    /// - Returns: the closed ledger.
    package func run() throws(Fault) -> JobLedger {
        shared.resumeProgress(job)
        var threads: [NamedThread] = []
        for (index, node) in job.nodes.enumerated() {
            guard case .sink(let sink) = node.work, let queue = shared.sinkQueues[index] else { continue }
            do {
                let runner = SinkRunner(node: index, sink: try sink.open(), queue: queue, shared: shared)
                threads.append(start(runner, name: node.name))
            } catch {
                shared.abort(error)
                break
            }
        }
        if !shared.isAborting {
            threads += (0..<shared.settings.subtasks).map(startSubtask)
            if let checkpoints = shared.settings.checkpoints, let barrier = shared.barrier {
                threads.append(startCheckpoints(checkpoints, barrier))
            }
        }
        for thread in threads { thread.join() }
        if let fault = shared.firstFault { throw fault }
        return shared.ledger(of: job)
    }

    /// Ends the run in order: sources stop, channels drain, sinks commit. May be called from any thread.
    package func stop() {
        shared.stop()
    }

    package var isStopping: Bool { shared.isStopping }

    /// The counts as they stand; rows may be on their way.
    package func ledger() -> JobLedger {
        shared.ledger(of: job)
    }

    private func startSubtask(_ index: Int) -> NamedThread {
        NamedThread("subtask-\(index)") { [job, shared] in
            let subtask = Subtask(index: index, job: job, shared: shared)
            do throws(Fault) {
                try GraphBuilder.build(subtask)
                if let checkpoints = shared.settings.checkpoints { try subtask.restore(checkpoints) }
                while !subtask.isDone && !shared.isAborting {
                    if try !subtask.step() { subtask.wait() }
                }
            } catch {
                shared.abort(error)
            }
            subtask.end()
        }
    }

    private func start(_ runner: SinkRunner, name: String) -> NamedThread {
        let handed = Handed(runner)
        return NamedThread("sink-\(name)") { [shared] in
            let runner = handed.value
            defer { runner.close() }
            do throws(Fault) {
                if let checkpoints = shared.settings.checkpoints { try runner.restore(checkpoints, name: name) }
                while !runner.isDone && !shared.isAborting {
                    if try !runner.step() { runner.wait() }
                }
            } catch {
                shared.abort(error)
            }
        }
    }

    private func startCheckpoints(_ checkpoints: JobCheckpoints, _ barrier: CheckpointBarrier) -> NamedThread {
        let handed = Handed(CheckpointCoordinator(job, shared, barrier, checkpoints))
        return NamedThread("checkpoints") { [shared] in
            let coordinator = handed.value
            let lock = WaitingLock()
            do throws(Fault) {
                while !coordinator.isDone && !shared.isAborting {
                    if try !coordinator.step() { lock.withLock { lock.wait(milliseconds: 1) } }
                }
            } catch {
                shared.abort(error)
            }
        }
    }
}

/// Carries something to the one thread that will use it from then on.
private struct Handed<Value>: @unchecked Sendable {
    // Sendable: the giver does not touch the value again.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
