/// Text that grows; whoever writes at the cursor has reserved room for it.
final class TextBuffer {
    private static let bytesMin = 1 << 12

    private var base: UnsafeMutablePointer<UInt8>
    private var limit: UnsafeMutablePointer<UInt8>
    var cursor: TextCursor

    init() {
        base = .allocate(capacity: Self.bytesMin)
        limit = base + Self.bytesMin
        cursor = TextCursor(base)
    }

    deinit { base.deallocate() }

    var count: Int { cursor.end - base }

    /// Makes room for so many bytes.
    @inline(__always)
    func reserve(_ bytes: Int) {
        if limit - cursor.end < bytes { grow(bytes) }
    }

    @inline(never)
    private func grow(_ bytes: Int) {
        let capacity = max((limit - base) * 2, count + bytes)
        let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        grown.update(from: base, count: count)
        cursor = TextCursor(grown + count)
        base.deallocate()
        base = grown
        limit = grown + capacity
    }

    /// Moves everything behind `output`.
    func move(to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        cursor = TextCursor(base)
    }
}
