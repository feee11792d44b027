import Columnar
package import Dataflow
import Operators
package import Primitives

/// A state folder seen from outside: described, verified and read, never changed. It takes no lock, so that a run may
/// go on writing meanwhile; a checkpoint that such a run removes is passed over.
package struct StateInventory: Sendable {
    /// A checkpoint of the folder.
    package struct Found: Sendable {
        package var epoch: Int64
        /// `nil` if it cannot be read; the fault says why.
        package var manifest: Manifest?
        package var fault: Fault?
    }

    /// One bucket of an operator's table, over all subtasks.
    package struct Bucket: Sendable, Hashable {
        /// The operator's name.
        package var node: String
        package var table: String
        /// When its event time begins, in microseconds; `StateRows.notInTime` for what event time does not forget.
        package var bucket: Int64
        /// Rows on disk; a row that was written again and not merged yet counts each time.
        package var rows: Int
        /// Bytes on disk.
        package var byteCount: Int64
        /// Blocks that its rows lie in.
        package var pieces: Int
    }

    /// The newest first.
    package let checkpoints: [Found]
    /// The newest whose manifest can be read.
    package let newest: Manifest
    /// Its buckets, by operator, table and time.
    package let buckets: [Bucket]
    private let folder: CheckpointFolder

    /// Reads manifests, no rows. The fault `state.none` if there is no checkpoint.
    package init(directory: String, disk: any Disk) throws(Fault) {
        folder = CheckpointFolder(disk: disk, directory: directory)
        let epochs = try folder.epochs()
        if epochs.isEmpty { throw Self.none(folder) }
        var found: [Found] = []
        for epoch in epochs {
            do throws(Fault) {
                found.append(Found(epoch: epoch, manifest: try folder.manifest(epoch, pipeline: nil)))
            } catch {
                if Self.isThere(epoch, folder) { found.append(Found(epoch: epoch, fault: error)) }
            }
        }
        guard let newest = found.firstNonNil(\.manifest) else { throw found.first?.fault ?? Self.none(folder) }
        checkpoints = found
        self.newest = newest
        buckets = Self.buckets(newest)
    }

    /// Reads everything that each checkpoint needs, and every row of it.
    /// - Returns: what is damaged; empty if all is whole.
    package func verify() -> [Fault] {
        var faults: [Fault] = []
        var verified: Set<String> = []
        for found in checkpoints {
            do throws(Fault) {
                if let fault = found.fault { throw fault }
                guard let manifest = found.manifest else { continue }
                try folder.verify(manifest)
                for file in try spilled(manifest) where verified.insert(file.name).inserted {
                    try SpilledRuns.verify(
                        file.name,
                        in: SpillFolder(
                            disk: folder.disk, directory: SpillFolder.directory(in: folder.directory),
                            checkpointsKept: 0, goesOn: true))
                }
                for place in manifest.blocks.map(\.place) + manifest.sinks.flatMap(\.rows) {
                    _ = try BatchCodec.decode(folder.content(place))
                }
            } catch {
                guard Self.isThere(found.epoch, folder) else { continue }
                var fault = error
                fault.detail = ["checkpoint \(found.epoch)", fault.detail].compactMap(\.self).joined(separator: ", ")
                faults.append(fault)
            }
        }
        return faults
    }

    /// A file beside the checkpoints with state of one operator that memory had no room for.
    package struct SpilledFile: Sendable {
        package var node: String
        package var name: String
        /// Zero if it is missing.
        package var byteCount: Int64
    }

    /// The files beside the checkpoints that one of them needs.
    package func spilled(_ manifest: Manifest) throws(Fault) -> [SpilledFile] {
        var found: [SpilledFile] = []
        var names: Set<String> = []
        for node in manifest.head.operators {
            let tables = node.tables.filter { $0.schema.index(of: StateTable.fileColumn) != nil }.map(\.name)
            for block in manifest.blocks where block.node == node.name && tables.contains(block.table) {
                let rows = try BatchCodec.decode(folder.content(block.place))
                guard let column = rows.schema.index(of: StateTable.fileColumn),
                    case .string(let files) = rows.columns[column]
                else { continue }
                for row in 0..<rows.rowCount where names.insert(files.string(row)).inserted {
                    let name = files.string(row)
                    let path = "\(SpillFolder.directory(in: folder.directory))/\(name)"
                    let byteCount = try? folder.disk.size(path)
                    found.append(SpilledFile(node: node.name, name: name, byteCount: byteCount ?? 0))
                }
            }
        }
        return found
    }

    /// Gives the rows of an operator's buckets as they are stored: of a bucket the newest first, a row that was
    /// replaced and not merged yet behind the one that replaced it.
    /// - Parameters:
    ///   - table: of this table alone.
    ///   - bucket: of this bucket alone.
    package func export(
        node: String, table: String? = nil, bucket: Int64? = nil, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        guard let found = newest.head.operators.first(where: { $0.name == node }) else {
            let names = newest.head.operators.map { "`\($0.name)`" }.joined(separator: ", ")
            throw Fault(
                "state.operator", "no operator `\(node)` has state here",
                detail: names.isEmpty ? "none has" : "there are \(names)")
        }
        if let table, !found.tables.contains(where: { $0.name == table }) {
            let names = found.tables.map { "`\($0.name)`" }.joined(separator: ", ")
            throw Fault("state.table", "`\(node)` has no table `\(table)`", detail: "there are \(names)")
        }
        for wanted in buckets where wanted.node == node {
            guard table == nil || wanted.table == table, bucket == nil || wanted.bucket == bucket else { continue }
            for block in newest.blocks
            where block.node == node && block.table == wanted.table && block.bucket == wanted.bucket {
                let rows = try BatchCodec.decode(folder.content(block.place))
                try body(StateRows(table: block.table, bucket: block.bucket, rows: rows))
            }
        }
    }

    // MARK: -

    /// Whether a checkpoint is in the folder still: a run removes old ones.
    private static func isThere(_ epoch: Int64, _ folder: CheckpointFolder) -> Bool {
        (try? folder.epochs().contains(epoch)) ?? true
    }

    private static func none(_ folder: CheckpointFolder) -> Fault {
        do throws(Fault) {
            _ = try folder.disk.size(folder.directory)
        } catch {
            return Fault(
                "state.none", "there is no folder `\(folder.directory)`", hint: "name the folder that `--state` named")
        }
        return Fault(
            "state.none", "there is no checkpoint in `\(folder.directory)`",
            hint: "name the folder that `--state` named; a pipeline's own is .martlet/PIPELINE")
    }

    private static func buckets(_ manifest: Manifest) -> [Bucket] {
        struct Key: Hashable {
            var node: String
            var table: String
            var bucket: Int64
        }
        var found: [Key: Bucket] = [:]
        for block in manifest.blocks {
            let key = Key(node: block.node, table: block.table, bucket: block.bucket)
            var bucket =
                found[key]
                ?? Bucket(
                    node: block.node, table: block.table, bucket: block.bucket, rows: 0, byteCount: 0, pieces: 0)
            bucket.rows += block.rowCount
            bucket.byteCount += block.place.length
            bucket.pieces += 1
            found[key] = bucket
        }
        return found.values.sorted { ($0.node, $0.table, $0.bucket) < ($1.node, $1.table, $1.bucket) }
    }
}

extension Sequence {
    fileprivate func firstNonNil<Value>(_ value: (Element) -> Value?) -> Value? {
        for element in self {
            if let found = value(element) { return found }
        }
        return nil
    }
}
