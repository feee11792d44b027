import Glibc
package import Primitives

/// How long a blocking call may wait: for ever while the run goes on, a little once it is being stopped.
package struct Patience: Sendable {
    package var clock: any WallClock
    package var isStopping: @Sendable () -> Bool
    /// Nanoseconds to wait for a server that does not answer once the run is being stopped.
    package var graceNanoseconds: Int64

    package init(
        clock: any WallClock, isStopping: @escaping @Sendable () -> Bool, graceNanoseconds: Int64 = 10_000_000_000
    ) {
        self.clock = clock
        self.isStopping = isStopping
        self.graceNanoseconds = graceNanoseconds
    }

    func now() -> Int64 { clock.monotonicNanoseconds() }

    /// Whether a wait that began at `start` is to be given up.
    func isOver(since start: Int64) -> Bool {
        isStopping() && now() - start >= graceNanoseconds
    }

    /// Waits for a time, in slices, unless the run is being stopped and has waited enough since `start`.
    func pause(nanoseconds: Int64, since start: Int64) {
        let end = now() + nanoseconds
        while true {
            let left = end - now()
            guard left > 0, !isOver(since: start) else { return }
            // A timer without descriptors; 20 ms keep a stop prompt.
            poll(nil, 0, Int32(min(20, left / 1_000_000 + 1)))
        }
    }
}
