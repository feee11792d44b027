import Columnar
import Dataflow
import Primitives
import Synchronization
import Testing

@testable import WebhookConnector

@Suite("Delivering rows")
struct DeliveryTests {
    @Test("each row is one message, in order, with its id")
    func order() throws {
        let delivery = try Delivery([])
        delivery.send(Delivery.batch(0..<5))
        delivery.end()
        #expect(delivery.transport.posts.map { $0.headers["webhook-id"] } == (0..<5).map { "alert_\($0)" })
        #expect(delivery.sink.counts.committed == 5)
        #expect(delivery.isBalanced)
    }

    @Test("an outage is retried with growing pauses, told once, and its end told once")
    func outage() throws {
        let delivery = try Delivery([.status(500), .failed("connection refused"), .status(503), .status(429)])
        delivery.send(Delivery.batch(0..<2))
        #expect(delivery.sink.counts.held == 2)
        delivery.pass(seconds: 60)
        #expect(delivery.sink.counts.committed == 2)
        let times = delivery.transport.posts.prefix(5).map(\.time)
        let pauses = zip(times.dropFirst(), times).map { Double($0 - $1) / 1e9 }
        for (pause, longest) in zip(pauses, [1.0, 2.0, 4.0, 8.0]) {
            #expect(pause >= 0.05 && pause <= longest + 0.2)
        }
        // The first row keeps its id, and the second waits for it.
        #expect(
            delivery.transport.posts.map { $0.headers["webhook-id"] ?? "" }
                == Array(repeating: "alert_0", count: 5) + ["alert_1"])
        #expect(delivery.seen.reports.withLock { $0 } == ["webhook.failing", "webhook.back"])
        #expect(delivery.isBalanced)
    }

    @Test("a receiver that asks for time gets it")
    func retryAfter() throws {
        let delivery = try Delivery([.status(429, retryAfter: 30)])
        delivery.send(Delivery.batch(0..<1))
        delivery.pass(seconds: 29)
        #expect(delivery.transport.posts.count == 1)
        delivery.pass(seconds: 2)
        #expect(delivery.transport.posts.count == 2)
    }

    @Test("what the receiver refuses is parked with its words, and the next row goes on")
    func refused() throws {
        let delivery = try Delivery([.status(400, "invalid_blocks\nsecond line"), .status(302)])
        delivery.send(Delivery.batch(0..<3))
        #expect(delivery.sink.counts.committed == 1)
        let parked = delivery.seen.parked.withLock { $0 }
        #expect(parked.map(\.code) == ["webhook.refused", "webhook.refused"])
        #expect(parked[0].reason == "status 400: invalid_blocks second line")
        #expect(parked[1].reason.contains("redirects are not followed"))
        // Without it the row could not be sent through again.
        #expect(parked[0].eventTime == 1_700_000_000_000_000)
        let bytes = try #require(parked[0].bytes)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""message":"number 0""#))
        #expect(delivery.isBalanced)
    }

    @Test("410 closes the address: that row and all after it are parked, and nothing more is sent")
    func gone() throws {
        let delivery = try Delivery([.ok, .status(410)])
        delivery.send(Delivery.batch(0..<3))
        delivery.send(Delivery.batch(3..<5))
        #expect(delivery.transport.posts.count == 2)
        #expect(delivery.sink.counts.committed == 1 && delivery.sink.counts.parked == 4)
        #expect(delivery.isBalanced)
    }

    @Test("a row is given up after its time, and the next is tried")
    func givenUp() throws {
        let delivery = try Delivery([], then: .status(500), [("give_up_after", .duration(.seconds(60)))])
        delivery.send(Delivery.batch(0..<1))
        delivery.pass(seconds: 180)
        #expect(delivery.seen.parked.withLock { $0.map(\.code) } == ["webhook.given_up"])
        #expect(delivery.isBalanced)
    }

    @Test("the rate is kept, also by rows that come at once")
    func rate() throws {
        let delivery = try Delivery([], [("format", .string("slack")), ("digest", .integer(0))])
        delivery.send(Delivery.batch(0..<10))
        delivery.end()
        let times = delivery.transport.posts.map(\.time)
        #expect(times.count == 10)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= 1_000_000_000 })
    }

    @Test("a run that ends while the receiver is away parks what is left, after a bounded wait")
    func endsWhileAway() throws {
        for isStopping in [false, true] {
            let delivery = try Delivery([], then: .failed("no route"))
            delivery.send(Delivery.batch(0..<7))
            delivery.seen.stopping.withLock { $0 = isStopping }
            let start = delivery.clock.monotonicNanoseconds()
            delivery.end()
            let waited = delivery.clock.monotonicNanoseconds() - start
            #expect(waited <= (isStopping ? DeliverySink.stoppingPatience : DeliverySink.finalPatience) + 20_000_000)
            #expect(delivery.seen.parked.withLock { Set($0.map(\.code)) } == ["webhook.undelivered"])
            #expect(delivery.sink.counts.parked == 7 && delivery.sink.counts.held == 0)
            #expect(delivery.isBalanced)
        }
    }

    @Test("memory is bounded: writing waits for room, and delivers meanwhile")
    func bounded() throws {
        let delivery = try Delivery([.status(500), .status(500), .status(500)])
        delivery.send(Delivery.batch(0..<DeliverySink.outboxRowsMax))
        #expect(delivery.sink.counts.committed == 0)
        delivery.sink.write(Delivery.batch(0..<500))
        #expect(delivery.sink.counts.committed > 0)
        delivery.commit()
        delivery.end()
        #expect(delivery.sink.counts.committed == Int64(DeliverySink.outboxRowsMax + 500))
        #expect(delivery.isBalanced)
    }

    @Test("nothing is delivered before its commit, which is asked for after a while")
    func commits() throws {
        let delivery = try Delivery([])
        delivery.sink.write(Delivery.batch(0..<3))
        delivery.sink.tick()
        #expect(!delivery.sink.wantsCommit && delivery.transport.posts.isEmpty)
        delivery.clock.advance(milliseconds: 200)
        #expect(delivery.sink.wantsCommit)
        delivery.commit()
        #expect(!delivery.sink.wantsCommit && delivery.transport.posts.count == 3)
    }

    @Test("a run that goes on delivers what the one before had not, under the same ids")
    func restored() throws {
        let first = try Delivery([.ok, .status(400)], then: .failed("no route"), hasCheckpoints: true)
        try first.sink.restore(nil, epoch: 0)
        first.send(Delivery.batch(0..<4, hasIDs: false))
        let snapshot = first.send(Delivery.batch(4..<6, hasIDs: false))
        #expect(first.sink.counts.committed == 1 && first.sink.counts.parked == 1)
        first.seen.stopping.withLock { $0 = true }
        first.end()
        #expect(first.sink.counts.held == 4 && first.sink.counts.parked == 1)

        let second = try Delivery([], hasCheckpoints: true)
        try second.sink.restore(snapshot, epoch: 2)
        second.sink.tick()
        #expect(second.sink.counts.received == 4 && second.sink.counts.committed == 4)
        let bodies = second.transport.posts.map(\.body)
        #expect(bodies.allSatisfy { $0.contains(#""timestamp":"2023-11-14T22:13:20Z""#) })
        #expect((2..<6).allSatisfy { number in bodies[number - 2].contains("number \(number)") })
        // The first of them had been tried before.
        #expect(first.transport.posts.last?.headers["webhook-id"] == second.transport.posts[0].headers["webhook-id"])
        let ids =
            second.transport.posts.map { $0.headers["webhook-id"] } + [first.transport.posts[0].headers["webhook-id"]]
        #expect(Set(ids).count == 5)
        #expect(first.isBalanced && second.isBalanced)
    }

    @Test("what is delivered at the end is not left for the next run; what is not, is")
    func finished() throws {
        let delivery = try Delivery([.ok, .status(500), .ok, .ok], then: .failed("no route"), hasCheckpoints: true)
        let first = delivery.send(Delivery.batch(0..<5))
        #expect(first.rows.reduce(0) { $0 + $1.rowCount } == 5 && delivery.sink.counts.committed == 1)
        delivery.seen.stopping.withLock { $0 = true }
        let left = try #require(delivery.end())
        #expect(delivery.sink.counts.committed == 3 && delivery.sink.counts.held == 2)
        let next = try Delivery([], hasCheckpoints: true)
        try next.sink.restore(left, epoch: 1)
        next.sink.tick()
        #expect(next.transport.posts.map { $0.headers["webhook-id"] } == ["alert_3", "alert_4"])
        #expect(next.end()?.rows.isEmpty == true && delivery.isBalanced)
    }

    @Test("no reason and no report shows the path of the URL")
    func secrecy() throws {
        let delivery = try Delivery([.status(404, "no_service")])
        delivery.send(Delivery.batch(0..<1))
        let letters = delivery.seen.parked.withLock { $0 }
        #expect(letters.allSatisfy { !$0.reason.contains("secret") && $0.origin == "https://hooks.example" })
    }
}
