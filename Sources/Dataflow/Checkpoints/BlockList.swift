import Columnar
import Compression
import Primitives

/// The blocks of a checkpoint while the next is made of it.
struct BlockList {
    /// A block that is being written; its place is known once its file is.
    struct Added {
        var block: Int
        var place: Int
    }

    private(set) var blocks: [Manifest.Block]

    init(_ blocks: [Manifest.Block]) {
        self.blocks = blocks
    }

    /// Forgets operators that are no more.
    mutating func keep(nodes: Set<String>) {
        blocks.removeAll { !nodes.contains($0.node) }
    }

    /// Puts a merged block where those were that it is made of; if they are all still there.
    mutating func replace(_ merge: BlockMerge.Result) {
        let sources = Set(merge.sources)
        guard blocks.count(where: sources.contains) == sources.count,
            let first = blocks.firstIndex(where: sources.contains)
        else { return }
        blocks[first] = merge.block
        blocks.removeAll(where: sources.contains)
    }

    /// Takes the changes of every subtask, in their order.
    mutating func apply(_ draft: CheckpointDraft, to writer: inout SegmentWriter) -> [Added] {
        var fresh: [(block: Manifest.Block, place: Int)] = []
        for part in draft.parts {
            let node = draft.head.operators[part.node].name
            for change in part.changes {
                switch change {
                case .add(let rows): fresh += add(rows, node, part.subtask, draft, &writer)
                case .replace(let rows):
                    drop(node, rows.table, rows.bucket, part.subtask, from: &fresh)
                    fresh += add(rows, node, part.subtask, draft, &writer)
                case .drop(let table, let bucket): drop(node, table, bucket, part.subtask, from: &fresh)
                }
            }
        }
        // The newest come first.
        blocks.insert(contentsOf: fresh.reversed().map(\.block), at: 0)
        return fresh.reversed().enumerated().map { Added(block: $0, place: $1.place) }
    }

    /// The list once the places are known.
    func finished(_ added: [Added], _ places: [Manifest.Place]) -> [Manifest.Block] {
        var finished = blocks
        for entry in added { finished[entry.block].place = places[entry.place] }
        return finished
    }

    private func add(
        _ rows: StateRows, _ node: String, _ subtask: Int, _ draft: CheckpointDraft, _ writer: inout SegmentWriter
    ) -> [(block: Manifest.Block, place: Int)] {
        let batch = rows.rows.compacted()
        guard batch.rowCount > 0, let hashes = batch.columns.first?.asInt64 else { return [] }
        let place = writer.add(batch, codec: .lz4)
        let unknown = Manifest.Place(
            file: Manifest.File(name: "", epoch: 0, size: 0), offset: 0, length: 0, checksum: 0)
        let block = Manifest.Block(
            node: node, table: rows.table, bucket: rows.bucket, subtask: subtask, groups: Self.groups(hashes),
            rowCount: batch.rowCount, epoch: draft.head.epoch, isMerged: false,
            schemaHash: TypeCodec.hash(batch.schema), place: unknown)
        return [(block, place)]
    }

    private mutating func drop(
        _ node: String, _ table: String, _ bucket: Int64, _ subtask: Int,
        from fresh: inout [(block: Manifest.Block, place: Int)]
    ) {
        func isDropped(_ block: Manifest.Block) -> Bool {
            block.node == node && block.table == table && block.bucket == bucket && block.subtask == subtask
        }
        blocks.removeAll(where: isDropped)
        fresh.removeAll { isDropped($0.block) }
    }

    static func groups(_ hashes: Int64Column) -> ClosedRange<Int> {
        var least = KeyGroup.count - 1
        var greatest = 0
        for row in 0..<hashes.count {
            let group = KeyGroup.of(hash: UInt64(bitPattern: hashes.values[row]))
            least = min(least, group)
            greatest = max(greatest, group)
        }
        return min(least, greatest)...greatest
    }
}
