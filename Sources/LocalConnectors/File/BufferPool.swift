import Synchronization

/// Memory of one chunk.
struct ChunkBuffer: @unchecked Sendable {
    // Sendable: a buffer has one owner at a time, handed on with its chunk.
    let base: UnsafeMutableRawPointer
    let capacity: Int
}

/// Keeps the memory of chunks that have been decoded for the next ones: fresh pages cost more than parsing does.
final class BufferPool: Sendable {
    private static let keptMax = 8

    private let free = Mutex<[ChunkBuffer]>([])

    deinit {
        for buffer in free.withLock({ $0 }) { buffer.base.deallocate() }
    }

    func take(atLeast capacity: Int) -> ChunkBuffer {
        let kept = free.withLock { free in
            free.firstIndex { $0.capacity >= capacity }.map { free.remove(at: $0) }
        }
        // A quarter more than asked for, so that the next chunk, with its carry, fits too.
        return kept ?? allocate(capacity + capacity / 4)
    }

    func grow(_ buffer: ChunkBuffer, used: Int, atLeast capacity: Int) -> ChunkBuffer {
        guard capacity > buffer.capacity else { return buffer }
        let grown = allocate(max(capacity, buffer.capacity * 2))
        grown.base.copyMemory(from: buffer.base, byteCount: used)
        give(buffer)
        return grown
    }

    func give(_ buffer: ChunkBuffer) {
        let isKept = free.withLock { free in
            guard free.count < Self.keptMax else { return false }
            free.append(buffer)
            return true
        }
        if !isKept { buffer.base.deallocate() }
    }

    private func allocate(_ capacity: Int) -> ChunkBuffer {
        ChunkBuffer(base: .allocate(byteCount: capacity, alignment: 64), capacity: capacity)
    }
}
