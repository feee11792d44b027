import Columnar
package import Dataflow
import Formats
package import Primitives

/// A state folder for people and for programs.
package enum StateText {
    /// A few lines: checkpoints, sources, operators with their tables and buckets, sinks.
    package static func render(_ state: StateInventory) -> String {
        let head = state.newest.head
        var text = "pipeline \(head.pipeline), state format \(CheckpointFolder.formatVersion)\n"
        for found in state.checkpoints {
            guard let head = found.manifest?.head else {
                text += "checkpoint \(found.epoch): damaged\n"
                continue
            }
            text += "checkpoint \(found.epoch), taken \(time(head.takenAt.microseconds)), \(head.subtasks) subtasks"
            text += head.isFinished ? ", finished\n" : "\n"
        }
        for source in head.sources {
            text += "source \(source.name)\n"
            for lane in source.lanes { text += "  \(lane.name) at \(lane.position)\n" }
        }
        let spilled = (try? state.spilled(state.newest)) ?? []
        for node in head.operators {
            text += "operator \(node.name) (\(node.shape.kind))\n"
            for table in node.tables {
                let buckets = state.buckets.filter { $0.node == node.name && $0.table == table.name }
                let (rows, bytes) = (buckets.reduce(0) { $0 + $1.rows }, buckets.reduce(0) { $0 + $1.byteCount })
                text += "  table \(table.name): \(buckets.count) buckets, \(rows) rows, \(bytes) bytes\n"
                for bucket in buckets {
                    text += "    \(bucketName(bucket.bucket)): \(bucket.rows) rows, \(bucket.byteCount) bytes\n"
                }
            }
            let files = spilled.filter { $0.node == node.name }
            if !files.isEmpty {
                text += "  spilled: \(files.count) files, \(files.reduce(0) { $0 + $1.byteCount }) bytes\n"
            }
        }
        for (sink, left) in zip(head.sinks, state.newest.sinks) {
            text += "sink \(sink.name): \(sink.counts.received) received, \(sink.counts.committed) committed, "
            text += "\(sink.counts.parked) parked, \(heldBytes(left)) bytes held\n"
        }
        return text
    }

    /// Rows as JSON objects, one a line.
    package static func lines(_ rows: StateRows) -> [UInt8] {
        var output: [UInt8] = []
        JSONRowWriter(schema: rows.rows.schema).append(linesOf: rows.rows, to: &output)
        return output
    }

    /// The same as one JSON object. Buckets are named as `--bucket` takes them.
    package static func json(_ state: StateInventory, _ faults: [Fault]) -> [UInt8] {
        let head = state.newest.head
        var text = JSONObjectText()
        text.member("pipeline", head.pipeline)
        text.member("format_version", Int64(CheckpointFolder.formatVersion))
        text.object("checkpoints") { text in
            for found in state.checkpoints { text.object(String(found.epoch)) { write(found, to: &$0) } }
        }
        text.object("sources") { text in
            for source in head.sources {
                text.object(source.name) { text in
                    for lane in source.lanes { text.member(lane.name, lane.position) }
                }
            }
        }
        text.object("operators") { text in
            for node in head.operators { text.object(node.name) { write(node, state, to: &$0) } }
        }
        text.object("sinks") { text in
            for (sink, left) in zip(head.sinks, state.newest.sinks) {
                text.object(sink.name) { text in
                    SummaryWriter.write(sink.counts, to: &text)
                    text.member("held_bytes", heldBytes(left))
                }
            }
        }
        text.raw(
            "damaged",
            faults.map { fault in
                var bytes: [UInt8] = []
                JSONText.append(fault.description, to: &bytes)
                return bytes
            })
        return text.finish()
    }

    private static func write(_ found: StateInventory.Found, to text: inout JSONObjectText) {
        text.member("readable", found.manifest != nil)
        guard let head = found.manifest?.head else { return }
        text.member("taken_at", time(head.takenAt.microseconds))
        text.member("subtasks", Int64(head.subtasks))
        text.member("finished", head.isFinished)
    }

    private static func write(_ node: OperatorCheckpoint, _ state: StateInventory, to text: inout JSONObjectText) {
        text.member("kind", node.shape.kind)
        let files = ((try? state.spilled(state.newest)) ?? []).filter { $0.node == node.name }
        text.member("spilled_files", Int64(files.count))
        text.member("spilled_bytes", files.reduce(0) { $0 + $1.byteCount })
        text.object("tables") { text in
            for table in node.tables {
                text.object(table.name) { text in
                    for bucket in state.buckets where bucket.node == node.name && bucket.table == table.name {
                        text.object(bucket.bucket == StateRows.notInTime ? "-" : String(bucket.bucket)) { text in
                            text.member("rows", Int64(bucket.rows))
                            text.member("bytes", bucket.byteCount)
                            text.member("pieces", Int64(bucket.pieces))
                        }
                    }
                }
            }
        }
    }

    /// Bytes of rows that the checkpoint holds for a receiver.
    private static func heldBytes(_ sink: Manifest.Sink) -> Int64 { sink.rows.reduce(0) { $0 + $1.length } }

    /// As `--bucket` takes it. What would be a time before 1971 is a number of the operator's own.
    private static func bucketName(_ bucket: Int64) -> String {
        if bucket == StateRows.notInTime { return "not in time" }
        return bucket < 31_536_000_000_000 ? "\(bucket)" : "\(bucket) (\(time(bucket)))"
    }

    private static func time(_ microseconds: Int64) -> String {
        var text: [UInt8] = []
        Timestamp.append(microseconds, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
