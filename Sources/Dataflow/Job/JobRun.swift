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
        var sinks: [NamedThread] = []
        for (index, node) in job.nodes.enumerated() {
            guard case .sink(let sink) = node.work, let queue = shared.sinkQueues[index] else { continue }
            do {
                sinks.append(start(try sink.open(), node: index, name: node.name, queue))
            } catch {
                shared.abort(error)
                break
            }
        }
        let subtasks = shared.isAborting ? [] : (0..<shared.settings.subtasks).map(startSubtask)
        for thread in subtasks { thread.join() }
        for thread in sinks { thread.join() }
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
                try subtask.run()
            } catch {
                shared.abort(error)
            }
            for driver in subtask.drivers { driver.abandon() }
            for queue in shared.sinkQueues { queue?.close() }
        }
    }

    private func start(_ sink: any Sink, node: Int, name: String, _ queue: SinkQueue) -> NamedThread {
        let handed = Handed(sink)
        return NamedThread("sink-\(name)") { [shared] in
            do throws(Fault) {
                try SinkRunner(node: node, sink: handed.value, queue: queue, shared: shared).run()
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
