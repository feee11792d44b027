import Glibc
import Primitives

/// A flat array of states, one for each group, whose growth neither copies a large block nor touches its memory anew.
struct GroupStates<State: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<State>
    private(set) var count = 0
    private var capacity = 0

    init() {
        precondition(MemoryLayout<State>.alignment <= 16, "malloc aligns to 16 bytes")
        base = UnsafeMutablePointer(bitPattern: MemoryLayout<State>.alignment).unsafelyUnwrapped
    }

    deinit {
        if capacity > 0 { free(base) }
    }

    var memoryFootprint: Int { capacity * MemoryLayout<State>.stride }

    /// Grows to `count` states with `value`; by doubling, so that growing by one is cheap.
    mutating func grow(to count: Int, with value: State) {
        guard count > self.count else { return }
        if count > capacity { reserve(max(count, capacity * 2)) }
        (base + self.count).initialize(repeating: value, count: count - self.count)
        self.count = count
    }

    /// The state of a group below `count`.
    subscript(group: Int) -> State {
        get {
            assert(0..<count ~= group, "a group has a state once there is room for it")
            return base[group]
        }
        nonmutating set {
            assert(0..<count ~= group, "a group has a state once there is room for it")
            base[group] = newValue
        }
    }

    private mutating func reserve(_ capacity: Int) {
        let old = self.capacity > 0 ? UnsafeMutableRawPointer(base) : nil
        base = resizedMemory(old, byteCount: capacity * MemoryLayout<State>.stride).bindMemory(
            to: State.self, capacity: capacity)
        self.capacity = capacity
    }
}
