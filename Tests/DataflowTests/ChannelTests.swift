import Columnar
import Glibc
import Glibc
import Primitives
import Synchronization
import Testing

@testable import Dataflow

@Suite("Channels between threads")
struct ChannelTests {
    private func frame(_ id: Int64) -> Message {
        .frame(
            stage: 0, slot: 0,
            Frame(
                batch: Post.batch([Post(id: id, key: "", time: id)]), lane: Lane(node: 0, index: 0), sequence: id,
                floor: .distantPast))
    }

    private func ids(_ messages: [(sender: Int, message: Message)]) -> [Int64] {
        messages.compactMap { if case .frame(_, _, let frame) = $0.message { frame.sequence } else { nil } }
    }

    /// Everything that waits.
    private func drain(_ inbox: Inbox) -> [(sender: Int, message: Message)] {
        var messages: [(sender: Int, message: Message)] = []
        while let next = inbox.next() { messages.append(next) }
        return messages
    }

    @Test("questions come before all else, which comes in its order")
    func questions() {
        func question(_ ticket: Int64) -> Message {
            .questions(
                stage: 1,
                QuestionBatch(
                    lane: Lane(node: 0, index: 0), sequence: ticket, floor: .distantPast, asker: 0, ticket: ticket,
                    questions: []))
        }
        let inbox = Inbox(senders: 1, creditsPerSender: 4)
        for message in [frame(0), frame(1), question(7), question(8)] { #expect(inbox.offer(message, from: 0)) }
        #expect(!inbox.offer(question(9), from: 0))
        #expect(inbox.next()?.message.isQuestion == true)
        #expect(inbox.offer(question(9), from: 0))
        let rest = drain(inbox)
        #expect(rest.map(\.message.isQuestion) == [true, true, false, false])
        #expect(ids(rest) == [0, 1])
    }

    @Test("a sender has so many frames waiting, and its credit comes back when they are taken out")
    func credits() {
        let inbox = Inbox(senders: 2, creditsPerSender: 2)
        #expect(inbox.offer(frame(0), from: 0))
        #expect(inbox.offer(frame(1), from: 0))
        #expect(!inbox.offer(frame(2), from: 0))
        #expect(inbox.offer(frame(3), from: 1))
        #expect(inbox.offer(.watermark(stage: 0, slot: 0, .distantFuture), from: 0))
        #expect(inbox.offer(.close(stage: 0, slot: 0, .ended), from: 0))
        #expect(ids(drain(inbox)) == [0, 1, 3])
        #expect(inbox.count == 0)
        #expect(inbox.offer(frame(2), from: 0))
    }

    @Test("a wake that comes before the wait ends it at once")
    func wakes() {
        let inbox = Inbox(senders: 1, creditsPerSender: 1)
        inbox.wake()
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        inbox.wait(milliseconds: 60_000)
        #expect(clock.monotonicNanoseconds() - start < 30_000_000_000)
    }

    @Test("what several threads send arrives whole and in each sender's order")
    func manySenders() {
        let senders = 4
        let each: Int64 = 5_000
        let inbox = Inbox(senders: senders, creditsPerSender: 8)
        let threads = (0..<senders).map { sender in
            NamedThread("sender-\(sender)") { [self] in
                for id in 0..<each {
                    while !inbox.offer(frame(id), from: sender) { sched_yield() }
                }
            }
        }
        var next = Array(repeating: Int64(0), count: senders)
        while next.contains(where: { $0 < each }) {
            inbox.wait(milliseconds: 100)
            #expect(inbox.count <= senders * 8)
            let messages = drain(inbox)
            for (sender, message) in messages {
                guard case .frame(_, _, let frame) = message else { continue }
                #expect(frame.sequence == next[sender])
                next[sender] += 1
            }
        }
        for thread in threads { thread.join() }
    }

    @Test("a sink's queue takes batches while there is room and ends once every sender has closed")
    func sinkQueue() {
        let queue = SinkQueue(senders: 2, rowCapacity: 3)
        let batch = Post.batch(Post.numbered(0..<2))
        #expect(queue.offer(batch, edge: 7))
        #expect(queue.offer(batch, edge: 8))
        #expect(!queue.offer(batch, edge: 9))
        guard case .batches(let taken) = queue.take() else {
            Issue.record("two batches wait")
            return
        }
        #expect(taken.map(\.edge) == [7, 8])
        guard case .nothing = queue.take() else {
            Issue.record("nothing waits")
            return
        }
        queue.close()
        #expect(queue.offer(batch, edge: 1))
        queue.close()
        guard case .batches = queue.take(), case .end = queue.take() else {
            Issue.record("the rest comes before the end")
            return
        }
    }

    @Test("a sink's queue is bounded by memory too, and has room again once an epoch has been taken")
    func sinkQueueBytes() {
        let batch = Post.batch(Post.numbered(0..<2))
        let queue = SinkQueue(senders: 1, rowCapacity: 1_000, byteCapacity: 2 * batch.memoryFootprint)
        #expect(queue.offer(batch, edge: 0) && queue.offer(batch, edge: 0) && !queue.offer(batch, edge: 0))
        #expect(!queue.hasMarker)
        queue.mark(epoch: 1)
        #expect(queue.hasMarker)
        guard case .batches(let taken) = queue.take(), case .marker(epoch: 1) = queue.take() else {
            Issue.record("two batches and the end of their epoch wait")
            return
        }
        #expect(taken.count == 2 && !queue.hasMarker)
        #expect(queue.offer(batch, edge: 0) && queue.offer(batch, edge: 0) && !queue.offer(batch, edge: 0))
    }

    @Test("what lies in a sink's queue does not end the wait of a sink that may take nothing, waking it does")
    func sinkQueueHeld() {
        let queue = SinkQueue(senders: 1, rowCapacity: 3)
        #expect(queue.offer(Post.batch(Post.numbered(0..<2)), edge: 0))
        queue.close()
        let clock = ContinuousClock()
        #expect(clock.measure { queue.wait(milliseconds: 10_000) } < .seconds(5))
        #expect(clock.measure { queue.waitToBeWoken(milliseconds: 50) } >= .milliseconds(45))
        queue.wake()
        #expect(clock.measure { queue.waitToBeWoken(milliseconds: 10_000) } < .seconds(5))
    }

    @Test("a sink's queue loses nothing between threads and never holds more than a batch above its room")
    func sinkQueueThreads() {
        let senders = 3
        let queue = SinkQueue(senders: senders, rowCapacity: 20)
        let threads = (0..<senders).map { sender in
            NamedThread("sender-\(sender)") {
                for id in 0..<Int64(3_000) {
                    let batch = Post.batch([Post(id: id, key: "\(sender)", time: 0)])
                    while !queue.offer(batch, edge: sender) { sched_yield() }
                }
                queue.close()
            }
        }
        var next = Array(repeating: Int64(0), count: senders)
        reading: while true {
            queue.wait(milliseconds: 100)
            switch queue.take() {
            case .batches(let batches):
                #expect(batches.count <= 20)
                for (edge, batch) in batches {
                    #expect(Post.read(batch).map(\.id) == [next[edge]])
                    next[edge] += 1
                }
            case .nothing, .marker: continue
            case .end: break reading
            }
        }
        #expect(next == [3_000, 3_000, 3_000])
        for thread in threads { thread.join() }
    }

    @Test("a lock keeps threads apart")
    func lock() {
        final class Box: @unchecked Sendable { var value = 0 }
        let lock = WaitingLock()
        let box = Box()
        let threads = (0..<4).map { _ in
            NamedThread("adder") { for _ in 0..<20_000 { lock.withLock { box.value += 1 } } }
        }
        for thread in threads { thread.join() }
        #expect(lock.withLock { box.value } == 80_000)
    }

    @Test("a wait ends with a signal from another thread")
    func signal() {
        let gate = Gate()
        let thread = NamedThread("opener") { gate.open() }
        #expect(gate.pass())
        thread.join()
    }
}
