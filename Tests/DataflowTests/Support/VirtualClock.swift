import Primitives
import Synchronization

@testable import Dataflow

/// A clock that stands still until a test moves it.
final class VirtualClock: WallClock {
    private let nanoseconds = Mutex<Int64>(1_000_000_000)

    func now() -> EventTime { EventTime(microseconds: monotonicNanoseconds() / 1_000) }
    func monotonicNanoseconds() -> Int64 { nanoseconds.withLock { $0 } }
    func advance(milliseconds: Int64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
}

/// A door that opens once.
final class Gate: @unchecked Sendable {
    // Sendable: guarded by `lock`.
    private let lock = WaitingLock()
    private var hasOpened = false

    var isOpen: Bool { lock.withLock { hasOpened } }

    func open() {
        lock.withLock {
            hasOpened = true
            lock.signal()
        }
    }

    /// Waits until it is open; `false` after a minute.
    func pass() -> Bool {
        lock.withLock {
            for _ in 0..<600 where !hasOpened { lock.wait(milliseconds: 100) }
            return hasOpened
        }
    }
}
