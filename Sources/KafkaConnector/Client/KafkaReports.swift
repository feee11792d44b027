import Primitives
import Synchronization

/// Passes on what people may want to know, each thing at most once a minute and never with a secret in it.
///
/// Shared by every client of a source or sink, so that four readers that lose one broker say so once.
final class KafkaReports: Sendable {
    private static let quietNanoseconds: Int64 = 60_000_000_000
    private static let keysMax = 256

    private let lastSent = Mutex<[String: Int64]>([:])
    private let clock: any WallClock
    private let secrets: [String]
    private let send: @Sendable (Fault) -> Void

    init(clock: any WallClock, secrets: [String], send: @escaping @Sendable (Fault) -> Void) {
        self.clock = clock
        self.secrets = secrets
        self.send = send
    }

    /// Nanoseconds of the clock that never goes backwards.
    var now: Int64 { clock.monotonicNanoseconds() }

    /// - Parameter key: what makes two reports the same one; the fault's code if absent.
    func report(_ fault: Fault, key: String? = nil) {
        let now = now
        let key = key ?? fault.code
        let isDue = lastSent.withLock { sent in
            if let last = sent[key], now - last < Self.quietNanoseconds { return false }
            // Forgetting everything at worst repeats a report; the table stays small.
            if sent.count >= Self.keysMax { sent.removeAll() }
            sent[key] = now
            return true
        }
        if isDue { send(redacted(fault)) }
    }

    /// Lets a report of this key through again: what it said has ended.
    func forget(_ key: String) {
        lastSent.withLock { $0[key] = nil }
    }

    /// The same fault with every secret value blotted out.
    func redacted(_ fault: Fault) -> Fault {
        guard !secrets.isEmpty else { return fault }
        var fault = fault
        fault.message = redact(fault.message)
        fault.detail = fault.detail.map(redact)
        return fault
    }

    private func redact(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "***") }
    }
}
