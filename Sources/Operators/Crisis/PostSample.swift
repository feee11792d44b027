import Columnar

/// A post that shows what an incident is about.
struct PostSample: Sendable, Hashable, Comparable {
    static let bytesMax = 280
    /// Followers and engagement together.
    var reach: Int64
    var text: String
    /// The start of its minute.
    var minute: Int64
    /// The same for copies of it, as far as the text is kept.
    let fingerprint: UInt64

    init(reach: Int64, text: String, minute: Int64) {
        self.reach = reach
        self.text = text
        self.minute = minute
        var text = text
        fingerprint = text.withUTF8(TextFingerprint.hash)
    }

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

/// The best of a few samples; of copies one.
struct PostSamples: Sendable, Hashable {
    private(set) var best: [PostSample] = []

    /// Whether a post of this reach may be among the best.
    func mayTake(_ reach: Int64, _ count: Int) -> Bool {
        guard best.count >= count, let last = best.last else { return true }
        return reach >= last.reach
    }

    mutating func insert(_ sample: PostSample, keep count: Int) {
        var sample = sample
        if let known = best.firstIndex(where: { $0.fingerprint == sample.fingerprint }) {
            let copy = best.remove(at: known)
            let minute = max(sample.minute, copy.minute)
            if copy < sample { sample = copy }
            sample.minute = minute
        }
        let place = best.firstIndex { sample < $0 } ?? best.count
        guard place < count else { return }
        best.insert(sample, at: place)
        if best.count > count { best.removeLast() }
    }

    /// The best first; before them the one that many repeat, if it is among them.
    func texts(_ count: Int, repeated: UInt64?) -> [String] {
        let (first, others) = (best.filter { $0.fingerprint == repeated }, best.filter { $0.fingerprint != repeated })
        return (first + others).prefix(count).map(\.text)
    }

    mutating func forget(before minute: Int64) {
        best.removeAll { $0.minute < minute }
    }
}
