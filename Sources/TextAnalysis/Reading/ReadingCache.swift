import Primitives
import Synchronization

/// Readings of texts that have come before, by the 128-bit hash of their bytes: in social streams a third repeat.
///
/// Bounded: two generations, of which the older goes when the younger is full. Shared by threads; its lock is taken a
/// batch, not a row.
package final class ReadingCache: Sendable {
    /// Stands for a text: two that differ share one with a chance below 1 in 10^28.
    package struct Key: Hashable, Sendable {
        var low: UInt64
        var high: UInt64

        package init(_ text: UnsafeBufferPointer<UInt8>) {
            (low, high) = Hashing.hash128(UnsafeRawBufferPointer(text))
        }
    }

    private struct Generations {
        var young: [Key: TextReading] = [:]
        var old: [Key: TextReading] = [:]
    }

    private let capacity: Int
    private let generations = Mutex(Generations())

    /// - Parameter capacity: readings that it holds at most; a reading takes some hundred bytes.
    package init(capacity: Int = 65_536) {
        self.capacity = capacity
    }

    /// What is known of some texts.
    package func find(_ keys: [Key]) -> [TextReading?] {
        generations.withLock { generations in
            keys.map { key in
                if let reading = generations.young[key] { return reading }
                guard let reading = generations.old[key] else { return nil }
                // What is asked for again stays another generation.
                Self.insert(key, reading, &generations, capacity)
                return reading
            }
        }
    }

    package func insert(_ readings: [(Key, TextReading)]) {
        generations.withLock { generations in
            for (key, reading) in readings { Self.insert(key, reading, &generations, capacity) }
        }
    }

    /// Readings that it holds.
    package var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    private static func insert(
        _ key: Key, _ reading: TextReading, _ generations: inout Generations, _ capacity: Int
    ) {
        if generations.young.count >= max(1, capacity / 2) {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[key] = reading
    }
}
