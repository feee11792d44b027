/// Numbers on a 64-byte boundary, freed with their last owner.
///
/// Written by the one who made it, and never again once it is shared.
final class AlignedMemory<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Sendable: weights are written before the model that owns them is shared; work memory has one encoder.

    let base: UnsafeMutablePointer<Element>
    let count: Int

    /// - Parameter zero: what fills it at first.
    init(count: Int, zero: Element) {
        let bytes = max(64, count * MemoryLayout<Element>.stride)
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
            to: Element.self, capacity: max(1, count))
        base.initialize(repeating: zero, count: count)
        self.count = count
    }

    convenience init(_ values: [Element], zero: Element) {
        self.init(count: values.count, zero: zero)
        base.update(from: values, count: values.count)
    }

    deinit {
        UnsafeMutableRawPointer(base).deallocate()
    }

    var byteCount: Int { count * MemoryLayout<Element>.stride }
}
