import Columnar
import Compression
import Primitives

/// Makes one block of several of a bucket, so that neither the number of pieces nor the space of rows that newer ones
/// have replaced grows without bound.
///
/// Tiers, as in a log-structured merge tree: once a bucket has more than `piecesMax` blocks the newest are merged, as
/// many as are not much larger than those before them together, so that a row is written again a logarithmic number
/// of times. A bucket that has been left alone for some epochs is made one block, compressed for keeping.
struct BlockMerge {
    struct Result {
        var sources: [Manifest.Block]
        var block: Manifest.Block
    }

    private static let piecesMax = 8
    /// Epochs without a change after which a bucket counts as left alone.
    private static let quietEpochs: Int64 = 4
    /// Rows that are merged at once: their columns must fit into memory beside everything else.
    private static let rowsMax = 1_000_000

    private struct Bucket: Hashable {
        var node: String
        var table: String
        var bucket: Int64
        var subtask: Int
    }

    private let folder: CheckpointFolder
    private let manifest: Manifest
    private let due: [[Manifest.Block]]

    init(folder: CheckpointFolder, manifest: Manifest) {
        self.folder = folder
        self.manifest = manifest
        var buckets: [Bucket: [Manifest.Block]] = [:]
        for block in manifest.blocks {
            let bucket = Bucket(node: block.node, table: block.table, bucket: block.bucket, subtask: block.subtask)
            buckets[bucket, default: []].append(block)
        }
        var due: [[Manifest.Block]] = []
        var rows = 0
        for blocks in buckets.values.sorted(by: { $0.count > $1.count }) {
            let run = Self.run(blocks, epoch: manifest.head.epoch)
            guard run.count > 1 else { continue }
            rows += run.reduce(0) { $0 + $1.rowCount }
            if rows > Self.rowsMax && !due.isEmpty { break }
            due.append(run)
        }
        self.due = due
    }

    var isWorthwhile: Bool { !due.isEmpty }

    func run(name: String) throws(Fault) -> [Result] {
        var writer = SegmentWriter(name: name, epoch: manifest.head.epoch)
        var results: [Result] = []
        for sources in due {
            let rows = try merged(sources)
            var block = sources[0]
            block.isMerged = true
            block.rowCount = rows.rowCount
            if let hashes = rows.columns.first?.asInt64 { block.groups = BlockList.groups(hashes) }
            results.append(Result(sources: sources, block: block))
            _ = writer.add(rows, codec: .zstd)
        }
        let places = try writer.write(to: folder.disk, directory: folder.directory)
        for index in results.indices { results[index].block.place = places[index] }
        return results
    }

    /// The blocks of a bucket to be merged, the newest first; fewer than two if none.
    private static func run(_ blocks: [Manifest.Block], epoch: Int64) -> [Manifest.Block] {
        let newest = blocks.map(\.epoch).max() ?? epoch
        let isQuiet = newest + quietEpochs <= epoch
        guard blocks.count > (isQuiet ? 1 : piecesMax) else { return [] }
        var run: [Manifest.Block] = []
        var rows = 0
        for block in blocks {
            // Rows of different schemas stay apart: the operator reads them by name.
            guard block.schemaHash == blocks[0].schemaHash else { break }
            let isSmall = run.count < piecesMax / 2 || block.rowCount <= 2 * rows
            guard isQuiet || isSmall, rows + block.rowCount <= rowsMax || run.isEmpty else { break }
            rows += block.rowCount
            run.append(block)
        }
        return run
    }

    private func merged(_ blocks: [Manifest.Block]) throws(Fault) -> RecordBatch {
        var batches: [RecordBatch] = []
        for block in blocks { batches.append(try BatchCodec.decode(folder.content(block.place))) }
        let table = manifest.head.operators.first { $0.name == blocks[0].node }?.tables.first {
            $0.name == blocks[0].table
        }
        return RowMerge.merge(batches, keyColumns: table?.keyColumns ?? 0)
    }
}
