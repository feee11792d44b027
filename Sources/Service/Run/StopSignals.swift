import Glibc

/// Turns SIGINT and SIGTERM into a call: the first asks for an orderly stop, the second ends the process at once.
package enum StopSignals {
    /// Call once, before any other thread exists: threads inherit that these signals are blocked.
    package static func handle(_ stop: @escaping @Sendable () -> Void) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A receiver that hangs up is an error code of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)

        let box = Unmanaged.passRetained(Handler(signals: signals, stop: stop))
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let handler = Unmanaged<Handler>.fromOpaque(context).takeRetainedValue()
                var signals = handler.signals
                var number: Int32 = 0
                sigwait(&signals, &number)
                handler.stop()
                sigwait(&signals, &number)
                _exit(1)
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Handler {
        let signals: sigset_t
        let stop: @Sendable () -> Void

        init(signals: sigset_t, stop: @escaping @Sendable () -> Void) {
            self.signals = signals
            self.stop = stop
        }
    }
}
