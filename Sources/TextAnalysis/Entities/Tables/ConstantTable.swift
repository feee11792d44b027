/// Values in memory that never changes, shared by threads and read without a check or a count of owners.
struct ConstantTable<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Sendable: the memory is written by `init` alone.
    let base: UnsafePointer<Element>
    let count: Int

    init(_ values: [Element]) {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, values.count))
        memory.initialize(from: values, count: values.count)
        base = UnsafePointer(memory)
        count = values.count
    }

    /// - Parameter index: less than `count`: the owner's duty.
    @inline(__always)
    subscript(index: Int) -> Element { base[index] }

    /// Frees the memory; tables that live as long as the process never do.
    func deallocate() { base.deallocate() }
}
