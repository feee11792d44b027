import Glibc
import Primitives
import Testing

@testable import Detection

@Suite("SpaceSaving")
struct SpaceSavingTests {
    /// Items by Zipf's law over `distinct` ranks.
    private func stream(_ count: Int, distinct: Int, exponent: Double, seed: UInt64) -> [Int] {
        var weights: [Double] = []
        var total = 0.0
        for rank in 1...distinct {
            total += pow(Double(rank), -exponent)
            weights.append(total)
        }
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in
            let point = random.unit() * total
            var low = 0
            var high = distinct - 1
            while low < high {
                let middle = (low + high) / 2
                if weights[middle] < point { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private func insert(_ item: Int, into sketch: inout SpaceSaving, weight: Int64 = 1) {
        var text = "item-\(item)"
        text.withUTF8 { sketch.insert(bytes: $0, hash: Hashing.hash64(UnsafeRawBufferPointer($0)), weight: weight) }
    }

    private func name(_ entry: SpaceSaving.Entry) -> String { String(decoding: entry.item, as: UTF8.self) }

    private func check(_ sketch: SpaceSaving, _ items: [Int]) {
        var exact: [String: Int64] = [:]
        for item in items { exact["item-\(item)", default: 0] += 1 }
        let bound = Int64(items.count / sketch.capacity)
        let entries = sketch.top(sketch.capacity)
        #expect(Set(entries.map(name)).count == entries.count)
        for entry in entries {
            let count = exact[name(entry)] ?? 0
            #expect(entry.count >= count)
            #expect(entry.count - entry.error <= count)
            #expect(entry.error <= bound)
        }
        let kept = Set(entries.map(name))
        for (item, count) in exact where count > bound { #expect(kept.contains(item), "\(item) came \(count) times") }
        #expect(entries.map(\.count) == entries.map(\.count).sorted(by: >))
    }

    @Test(
        "counts are never too low, too high by no more than is said, and no frequent item is missing",
        arguments: [0.6, 1.0, 1.5], [8, 64, 400])
    func guarantees(exponent: Double, capacity: Int) {
        for seed in UInt64(0)..<4 {
            let items = stream(20_000, distinct: 3_000, exponent: exponent, seed: seed)
            var sketch = SpaceSaving(capacity: capacity)
            for item in items { insert(item, into: &sketch) }
            check(sketch, items)
        }
    }

    @Test("a merger keeps the guarantees over all the items", arguments: [0.6, 1.0, 1.5], [2, 3, 7])
    func merges(exponent: Double, parts: Int) {
        for seed in UInt64(0)..<4 {
            let items = stream(20_000, distinct: 2_000, exponent: exponent, seed: seed)
            var sketches = (0..<parts).map { _ in SpaceSaving(capacity: 64) }
            // Uneven parts, some of which see few items.
            for (index, item) in items.enumerated() { insert(item, into: &sketches[index % 11 % parts]) }
            var merged = SpaceSaving(capacity: 64)
            for sketch in sketches { merged.merge(sketch) }
            check(merged, items)
            // And it can be fed further.
            for item in items { insert(item, into: &merged) }
            check(merged, items + items)
        }
    }

    @Test("with a counter for every item the counts are exact")
    func exact() {
        let items = stream(5_000, distinct: 50, exponent: 1, seed: 1)
        var sketch = SpaceSaving(capacity: 64)
        for item in items { insert(item, into: &sketch) }
        for entry in sketch.top(64) {
            #expect(entry.error == 0)
            #expect(entry.count == Int64(items.count { "item-\($0)" == name(entry) }))
        }
    }

    @Test("of items equally frequent the lesser bytes come first, and a top is no longer than the items")
    func ties() {
        var sketch = SpaceSaving(capacity: 10)
        for item in [3, 1, 2] { insert(item, into: &sketch, weight: 5) }
        #expect(sketch.top(2).map(name) == ["item-1", "item-2"])
        #expect(sketch.top(9).count == 3)
        #expect(sketch.top(0).isEmpty)
        #expect(SpaceSaving(capacity: 0).capacity == 1)
    }

    @Test("what is written is read back and goes on alike")
    func roundTrip() throws {
        let items = stream(5_000, distinct: 500, exponent: 1, seed: 3)
        var sketch = SpaceSaving(capacity: 32)
        for item in items { insert(item, into: &sketch) }
        var read = try SpaceSaving(serialized: sketch.serialized())
        #expect(read.top(32) == sketch.top(32))
        #expect(read.capacity == 32)
        var merged = SpaceSaving(capacity: 32)
        merged.merge(read)
        for item in items {
            insert(item, into: &read)
            insert(item, into: &merged)
            insert(item, into: &sketch)
        }
        check(read, items + items)
        // Which of the rarest items gives way is the same too.
        #expect(read.top(32) == sketch.top(32) && merged.top(32) == sketch.top(32))
        #expect(try SpaceSaving(serialized: SpaceSaving(capacity: 5).serialized()).top(5).isEmpty)
    }

    @Test("bytes that are no sketch are refused, and no bytes trap")
    func corrupted() throws {
        var sketch = SpaceSaving(capacity: 4)
        for item in [1, 1, 2, 3, 4, 5] { insert(item, into: &sketch) }
        let good = sketch.serialized()
        for length in 0..<good.count {
            #expect(throws: Fault.self) { try SpaceSaving(serialized: Array(good.prefix(length))) }
        }
        #expect(throws: Fault.self) { try SpaceSaving(serialized: good + [0]) }
        #expect(throws: Fault.self) { try SpaceSaving(serialized: [7] + good.dropFirst()) }
        var random = RandomSource(seed: 5)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            guard let read = try? SpaceSaving(serialized: bytes) else { continue }
            #expect(read.top(10).allSatisfy { $0.error <= $0.count })
        }
    }
}
