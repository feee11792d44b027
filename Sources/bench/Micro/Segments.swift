import Columnar
import Compression
import Dataflow
import Primitives

extension MicroBenchmark {
    /// Rows of state into the bytes of a segment, compressed.
    static let segmentWrite = MicroBenchmark(name: "segment write", unit: "rows") { mentions, _ throws(Fault) in
        let batches = try OperatorJob(windowOperator, mentions, threads: 1).batches
        var blocks: [StoredBlock] = []
        return Trial(
            count: mentions.count, run: { () throws(Fault) in blocks = batches.map { StoredBlock($0) } },
            mistake: { Self.mistake(blocks, batches) })
    }

    /// The same bytes back into rows.
    static let segmentRead = MicroBenchmark(name: "segment read", unit: "rows") { mentions, _ throws(Fault) in
        let batches = try OperatorJob(windowOperator, mentions, threads: 1).batches
        let blocks = batches.map { StoredBlock($0) }
        var rows = 0
        return Trial(
            count: mentions.count,
            run: { () throws(Fault) in
                rows = 0
                for block in blocks { rows += try block.rows().rowCount }
            },
            mistake: { Trial.expect("rows", rows, mentions.count) ?? Self.mistake(blocks, batches) })
    }

    private static func mistake(_ blocks: [StoredBlock], _ batches: [RecordBatch]) -> String? {
        for (block, batch) in zip(blocks, batches) {
            guard let rows = try? block.rows(), BatchCodec.encode(rows) == BatchCodec.encode(batch) else {
                return "a block does not give its rows back"
            }
        }
        return Trial.expect("blocks", blocks.count, batches.count)
    }
}

/// A batch as a segment keeps it.
private struct StoredBlock {
    private let codec: BlockCodec
    private let bytes: [UInt8]
    private let count: Int

    init(_ batch: RecordBatch) {
        let content = BatchCodec.encode(batch)
        (codec, bytes) = BlockCodec.lz4.compress(content)
        count = content.count
    }

    func rows() throws(Fault) -> RecordBatch {
        let content: Result<[UInt8], Fault> = bytes.withUnsafeBytes { bytes in
            do throws(Fault) {
                return .success(try codec.decompress(bytes, count: count))
            } catch {
                return .failure(error)
            }
        }
        return try BatchCodec.decode(content.get())
    }
}
