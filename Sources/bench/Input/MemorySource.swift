import Columnar
import Dataflow
import Primitives
import Synchronization

/// Records that are in memory already, chunk by chunk, handed to whichever subtask asks next.
final class MemorySource: Source, @unchecked Sendable {
    // Sendable: the memory is written by `init` alone.

    let laneCount = 1
    let sharesLanes = true
    let isBounded = true

    /// Where every record lies in the memory, chunk by chunk.
    let chunks: [[RawRecord]]
    private let memory: UnsafeMutableRawPointer
    private let taken = Atomic<Int>(0)

    /// - Parameters:
    ///   - bytes: the records, one behind the other; what lies between a record's end and the next start is left out.
    ///   - ranges: of each record.
    init(_ bytes: some Collection<UInt8>, _ ranges: [Range<Int>], recordsPerChunk: Int = 2_048) {
        // A parser that reads in vectors may look behind the last record.
        memory = .allocate(byteCount: bytes.count + 64, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes.count + 64)
        UnsafeMutableRawBufferPointer(start: memory, count: bytes.count).copyBytes(from: bytes)
        let memory = UnsafeRawPointer(memory)
        chunks = stride(from: 0, to: ranges.count, by: recordsPerChunk).map { first in
            ranges[first..<min(first + recordsPerChunk, ranges.count)].map { range in
                RawRecord(
                    bytes: UnsafeRawBufferPointer(start: memory + range.lowerBound, count: range.count),
                    offset: Int64(range.lowerBound))
            }
        }
    }

    convenience init(_ mentions: Mentions) {
        self.init(mentions.bytes, zip([0] + mentions.ends, mentions.ends).map { $0..<$1 })
    }

    /// The lines of a text.
    convenience init(lines bytes: [UInt8]) {
        var ranges: [Range<Int>] = []
        var start = 0
        for (position, byte) in bytes.enumerated() where byte == 0x0A {
            if position > start { ranges.append(start..<position) }
            start = position + 1
        }
        if start < bytes.count { ranges.append(start..<bytes.count) }
        self.init(bytes, ranges)
    }

    deinit {
        memory.deallocate()
    }

    var recordCount: Int { chunks.reduce(0) { $0 + $1.count } }

    /// Begins again.
    func rewind() { taken.store(0, ordering: .relaxed) }

    func laneName(_ lane: Int) -> String { "memory" }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        MemoryReader(self)
    }

    func records(_ chunk: Int) -> RawRecords {
        RawRecords(
            lane: 0, sequence: Int64(chunk), origin: "memory", partition: 0, records: chunks[chunk], isPadded: true,
            release: {})
    }

    fileprivate func next() -> SourceEvent {
        let chunk = taken.add(1, ordering: .relaxed).oldValue
        return chunk < chunks.count ? .records(records(chunk)) : .end
    }

    fileprivate var position: String { "\(min(taken.load(ordering: .relaxed), chunks.count))" }
}

private final class MemoryReader: SourceReader {
    let lanes = [0]
    private let source: MemorySource

    init(_ source: MemorySource) {
        self.source = source
    }

    func next() -> SourceEvent { source.next() }
    func positions() -> [(lane: Int, position: String)] { [(0, source.position)] }
    func close() {}
}

/// Gives back batches that were decoded before: what is measured is what comes after.
final class PreparedDecoder: Decoder {
    let schema: Schema
    private let batches: [RecordBatch]

    init(_ schema: Schema, _ batches: [RecordBatch]) {
        self.schema = schema
        self.batches = batches
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        DecodedRecords(batch: batches[Int(records.sequence)], rejected: [])
    }
}
