import Testing

@testable import KafkaConnector

@Suite("A partition's position")
struct PartitionCursorTests {
    private func cursor(from start: Int64, to end: Int64? = nil) -> PartitionCursor {
        PartitionCursor(
            KafkaPartition(topic: "t", topicIndex: 0, partition: 3, start: start, end: end), lane: 7)
    }

    @Test("offsets go forward, with gaps, and never backwards")
    func forward() {
        var cursor = cursor(from: 5)
        #expect(cursor.accept(offset: 5) == .take)
        #expect(cursor.accept(offset: 9) == .take)
        #expect(cursor.accept(offset: 9) == .repeated)
        #expect(cursor.accept(offset: 6) == .repeated)
        #expect(cursor.position == 10)
    }

    @Test("a partition whose last offsets hold no records ends at the broker's word")
    func markers() {
        var cursor = cursor(from: 0, to: 10)
        #expect(cursor.accept(offset: 7) == .take)
        #expect(!cursor.isDone)
        cursor.reachedEnd(offset: 10)
        #expect(cursor.isDone && cursor.isAtEnd)
    }

    @Test("a record beyond the end ends the partition and is not taken")
    func beyond() {
        var cursor = cursor(from: 0, to: 10)
        #expect(cursor.accept(offset: 12) == .beyondEnd)
        #expect(cursor.isDone)
        #expect(cursor.position == 0)
    }

    @Test("an older word about the end does not count")
    func staleEnd() {
        var cursor = cursor(from: 0)
        _ = cursor.accept(offset: 20)
        cursor.reachedEnd(offset: 15)
        #expect(!cursor.isAtEnd && cursor.position == 21)
    }

    @Test("records before the time of the start are skipped, later old ones are not")
    func notBefore() {
        var cursor = PartitionCursor(
            KafkaPartition(topic: "t", topicIndex: 0, partition: 0, start: 0, notBefore: 100), lane: 0)
        #expect(cursor.accept(offset: 0, writtenAt: { 99 }) == .tooEarly)
        #expect(cursor.accept(offset: 1, writtenAt: { 100 }) == .take)
        #expect(cursor.accept(offset: 2, writtenAt: { 50 }) == .take)
        #expect(cursor.position == 3)
    }

    @Test("an empty range is done before it begins")
    func empty() {
        #expect(cursor(from: 4, to: 4).isDone)
        #expect(cursor(from: 4, to: 3).isDone)
    }
}

@Suite("Lost and found connections")
struct ConnectionWatchTests {
    @Test("a short gap is not told; a long one is told once, and its end once")
    func report() {
        var watch = ConnectionWatch(now: 0)
        #expect(watch.step(isWhole: true, now: 1) == .none)
        #expect(watch.step(isWhole: false, now: 10) == .none)
        #expect(watch.step(isWhole: true, now: 500_000_000) == .none)
        #expect(watch.step(isWhole: false, now: 600_000_000) == .none)
        #expect(watch.step(isWhole: false, now: 1_700_000_000) == .lost)
        #expect(watch.step(isWhole: false, now: 5_000_000_000) == .none)
        #expect(watch.step(isWhole: true, now: 6_000_000_000) == .found)
        #expect(watch.step(isWhole: true, now: 7_000_000_000) == .none)
    }

    @Test("after a minute without an answer a new handle is tried, once a minute")
    func stuck() {
        var watch = ConnectionWatch(now: 0)
        #expect(watch.step(isWhole: false, now: 2_000_000_000) == .lost)
        #expect(watch.step(isWhole: false, now: 59_000_000_000) == .none)
        #expect(watch.step(isWhole: false, now: 61_000_000_000) == .stuck)
        watch.restarted(losses: 0, now: 61_000_000_000)
        #expect(watch.step(isWhole: false, now: 100_000_000_000) == .none)
        #expect(watch.step(isWhole: false, now: 122_000_000_000) == .stuck)
    }
}
