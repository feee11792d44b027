import Columnar

/// A post that shows what an incident is about.
struct PostSample: Sendable, Hashable, Comparable {
    static let bytesMax = 280
    /// Followers and engagement together.
    var reach: Int64
    var text: String
    /// The start of its minute.
    var minute: Int64

    /// The one with more reach first; of equals the lesser text, so that no thread decides.
    static func < (left: PostSample, right: PostSample) -> Bool {
        left.reach != right.reach ? left.reach > right.reach : left.text < right.text
    }

    /// Cuts a text between characters.
    static func cut(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.count > bytesMax else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytesMax
        while end > 0 && bytes[end] & 0b1100_0000 == 0b1000_0000 { end -= 1 }
        return String(decoding: bytes[0..<end], as: UTF8.self) + "…"
    }
}

/// The best of a few samples.
struct PostSamples: Sendable, Hashable {
    private(set) var best: [PostSample] = []

    /// Whether a post of this reach may be among the best.
    func mayTake(_ reach: Int64, _ count: Int) -> Bool {
        guard best.count >= count, let last = best.last else { return true }
        return reach >= last.reach
    }

    mutating func insert(_ sample: PostSample, keep count: Int) {
        let place = best.firstIndex { sample < $0 } ?? best.count
        guard place < count, !best.contains(where: { $0.text == sample.text }) else { return }
        best.insert(sample, at: place)
        if best.count > count { best.removeLast() }
    }

    mutating func forget(before minute: Int64) {
        best.removeAll { $0.minute < minute }
    }
}
