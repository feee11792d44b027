import Primitives

/// The one door into a subtask: a bounded queue of messages from its fellows.
///
/// Each sender has so many credits; a frame takes one until the subtask has taken it out. A sender without credit keeps
/// its frames and reads no further input, which is how backpressure reaches the sources.
final class Inbox: @unchecked Sendable {
    // Sendable: every field is guarded by `lock`.
    private let lock = WaitingLock()
    private var messages: [(sender: Int, message: Message)] = []
    private var credits: [Int]
    private var isWoken = false

    /// - Parameter creditsPerSender: frames that one sender may have waiting here.
    init(senders: Int, creditsPerSender: Int) {
        credits = Array(repeating: creditsPerSender, count: senders)
    }

    /// Puts a message in; `false` if the sender has no credit left for it.
    func offer(_ message: Message, from sender: Int) -> Bool {
        lock.withLock {
            if message.takesCredit {
                guard credits[sender] > 0 else { return false }
                credits[sender] -= 1
            }
            messages.append((sender, message))
            lock.signal()
            return true
        }
    }

    /// Messages that wait.
    var count: Int { lock.withLock { messages.count } }

    /// What is to be worked on next; its credit goes back to the sender. Questions come before all else, which is in
    /// its order: who asks waits for the answer with frames in hand, and an answer takes next to no time.
    func next() -> (sender: Int, message: Message)? {
        lock.withLock {
            guard !messages.isEmpty else { return nil }
            let (sender, message) = messages.remove(at: messages.firstIndex { $0.message.isQuestion } ?? 0)
            if message.takesCredit { credits[sender] += 1 }
            return (sender, message)
        }
    }

    /// Waits until something has come, `wake()` was called, or the time is over.
    func wait(milliseconds: Int) {
        lock.withLock {
            if messages.isEmpty && !isWoken { lock.wait(milliseconds: milliseconds) }
            isWoken = false
        }
    }

    /// Ends the owner's wait, now or as soon as it begins.
    func wake() {
        lock.withLock {
            isWoken = true
            lock.signal()
        }
    }
}
