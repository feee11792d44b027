/// Memory that scoring works in, kept from text to text so that none is allocated for each. Used by one thread at a
/// time.
package struct VaderScratch: ~Copyable {
    /// Zero bytes behind the text, so that a word's end may be read eight bytes at a time.
    static let padding = 32

    /// The text as the rules read it, `count` bytes and the padding.
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    private(set) var words: UnsafeMutablePointer<VaderWord>
    private(set) var wordCount = 0
    private var wordCapacity: Int

    /// The valence of each word.
    private(set) var valences: UnsafeMutablePointer<Double>
    private var valenceCapacity: Int

    package init() {
        capacity = 1024
        bytes = .allocate(capacity: capacity + Self.padding)
        wordCapacity = 256
        words = .allocate(capacity: wordCapacity)
        valenceCapacity = 256
        valences = .allocate(capacity: valenceCapacity)
    }

    deinit {
        bytes.deallocate()
        words.deallocate()
        valences.deallocate()
    }

    /// Bytes of memory that it holds.
    package var memoryFootprint: Int {
        capacity + wordCapacity * MemoryLayout<VaderWord>.stride + valenceCapacity * MemoryLayout<Double>.stride
    }

    /// Forgets the text before.
    mutating func clear() {
        count = 0
        wordCount = 0
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if count == capacity { grow(count + 1) }
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
        guard let source = more.baseAddress else { return }
        if count + more.count > capacity { grow(count + more.count) }
        (bytes + count).update(from: source, count: more.count)
        count += more.count
    }

    /// Ends the text with the padding.
    mutating func pad() {
        (bytes + count).update(repeating: 0, count: Self.padding)
    }

    @inline(__always)
    mutating func append(_ word: VaderWord) {
        if wordCount == wordCapacity { growWords() }
        words[wordCount] = word
        wordCount += 1
    }

    /// Makes room for one valence a word.
    mutating func reserveValences() {
        guard wordCount > valenceCapacity else { return }
        valences.deallocate()
        valenceCapacity = wordCount * 2
        valences = .allocate(capacity: valenceCapacity)
    }

    private mutating func grow(_ needed: Int) {
        let larger = max(needed, capacity * 2)
        let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: larger + Self.padding)
        grown.update(from: bytes, count: count)
        bytes.deallocate()
        (bytes, capacity) = (grown, larger)
    }

    private mutating func growWords() {
        let grown = UnsafeMutablePointer<VaderWord>.allocate(capacity: wordCapacity * 2)
        grown.update(from: words, count: wordCount)
        words.deallocate()
        (words, wordCapacity) = (grown, wordCapacity * 2)
    }
}
