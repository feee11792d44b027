import Service
import Synchronization

/// A wish to stop, which may come before there is a run.
final class StopRequest: Sendable {
    private struct State {
        var isStopped = false
        var run: PipelineRun?
    }

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func stop() {
        let run = state.withLock { state in
            state.isStopped = true
            return state.run
        }
        run?.stop()
    }

    func attach(_ run: PipelineRun) {
        let isStopped = state.withLock { state in
            state.run = run
            return state.isStopped
        }
        if isStopped { run.stop() }
    }
}
