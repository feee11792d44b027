import Glibc

/// An operating-system thread with a name that a profiler shows.
package final class NamedThread: @unchecked Sendable {
    // Sendable: `handle` is written once, before `start` returns.
    private var handle = pthread_t()

    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread. The kernel keeps 15 bytes of the name.
    package init(_ name: String, _ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
        let status = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                nameThisThread(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        precondition(status == 0, "the system has a thread left")
    }

    /// Waits until it has ended.
    package func join() {
        pthread_join(handle, nil)
    }
}

/// Tells the kernel the calling thread's name. (`pthread_setname_np` is hidden from Swift behind a feature macro.)
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, strlen($0)) }
    close(file)
}
