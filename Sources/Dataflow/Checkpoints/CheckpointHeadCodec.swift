import Columnar
import Primitives

/// The head of a checkpoint as bytes within its manifest.
enum CheckpointHeadCodec {
    static func append(_ head: CheckpointHead, to writer: inout ByteWriter) {
        writer.append(head.pipeline)
        writer.append(head.epoch)
        writer.append(varint: UInt64(head.subtasks))
        writer.append(UInt8(head.isFinished ? 1 : 0))
        writer.append(head.takenAt.microseconds)
        writer.append(varint: UInt64(head.sources.count))
        for source in head.sources {
            writer.append(source.name)
            writer.append(source.watermark.microseconds)
            writer.append(varint: UInt64(source.lanes.count))
            for lane in source.lanes {
                writer.append(lane.name)
                writer.append(lane.position)
                writer.append(lane.latest.microseconds)
                writer.append(lane.least.microseconds)
            }
        }
        writer.append(varint: UInt64(head.operators.count))
        for found in head.operators { append(found, to: &writer) }
        writer.append(varint: UInt64(head.sinks.count))
        for sink in head.sinks {
            writer.append(sink.name)
            for count in [sink.counts.received, sink.counts.committed, sink.counts.parked] { writer.append(count) }
        }
        append(head.ledger, to: &writer)
    }

    static func read(_ reader: inout ByteReader) throws(Fault) -> CheckpointHead {
        let pipeline = try reader.readText()
        let epoch = try reader.read(Int64.self)
        let subtasks = Int(clamping: try reader.readVarint())
        let isFinished = try reader.read(UInt8.self) != 0
        let takenAt = EventTime(microseconds: try reader.read(Int64.self))
        var sources: [SourceCheckpoint] = []
        for _ in 0..<(try reader.readCount(width: 10)) { sources.append(try source(&reader)) }
        var operators: [OperatorCheckpoint] = []
        for _ in 0..<(try reader.readCount(width: 12)) { operators.append(try operatorCheckpoint(&reader)) }
        var sinks: [(name: String, counts: SinkCounts)] = []
        for _ in 0..<(try reader.readCount(width: 25)) {
            let name = try reader.readText()
            var counts = SinkCounts()
            counts.received = try reader.read(Int64.self)
            counts.committed = try reader.read(Int64.self)
            counts.parked = try reader.read(Int64.self)
            sinks.append((name, counts))
        }
        return CheckpointHead(
            pipeline: pipeline, epoch: epoch, subtasks: subtasks, isFinished: isFinished, takenAt: takenAt,
            sources: sources, operators: operators, sinks: sinks, ledger: try ledger(&reader))
    }

    private static func source(_ reader: inout ByteReader) throws(Fault) -> SourceCheckpoint {
        let name = try reader.readText()
        let watermark = EventTime(microseconds: try reader.read(Int64.self))
        var lanes: [SourceCheckpoint.Lane] = []
        for _ in 0..<(try reader.readCount(width: 18)) {
            lanes.append(
                SourceCheckpoint.Lane(
                    name: try reader.readText(), position: try reader.readText(),
                    latest: EventTime(microseconds: try reader.read(Int64.self)),
                    least: EventTime(microseconds: try reader.read(Int64.self))))
        }
        return SourceCheckpoint(name: name, watermark: watermark, lanes: lanes)
    }

    private static func append(_ found: OperatorCheckpoint, to writer: inout ByteWriter) {
        writer.append(found.name)
        writer.append(found.shape.kind)
        writer.append(varint: UInt64(found.shape.version))
        writer.append(varint: UInt64(found.shape.facts.count))
        for fact in found.shape.facts {
            writer.append(fact.name)
            writer.append(fact.value)
            writer.append(fact.onChange.rawValue)
        }
        writer.append(varint: UInt64(found.tables.count))
        for table in found.tables {
            writer.append(table.name)
            TypeCodec.encode(table.schema.fields, into: &writer)
            writer.append(varint: UInt64(table.keyColumns))
        }
        writer.append(found.watermark.microseconds)
    }

    private static func operatorCheckpoint(_ reader: inout ByteReader) throws(Fault) -> OperatorCheckpoint {
        let name = try reader.readText()
        var shape = StateShape(
            kind: try reader.readText(), version: Int(clamping: try reader.readVarint()), facts: [])
        for _ in 0..<(try reader.readCount(width: 3)) {
            let fact = try reader.readText()
            let value = try reader.readText()
            guard let change = StateShape.Change(rawValue: try reader.readText()) else { throw ByteReader.fault }
            shape.facts.append(StateShape.Fact(fact, value, onChange: change))
        }
        var tables: [StateTable] = []
        for _ in 0..<(try reader.readCount(width: 3)) {
            let table = try reader.readText()
            let fields = try TypeCodec.decodeFields(&reader)
            tables.append(StateTable(table, .init(fields), keyColumns: Int(clamping: try reader.readVarint())))
        }
        return OperatorCheckpoint(
            name: name, shape: shape, tables: tables,
            watermark: EventTime(microseconds: try reader.read(Int64.self)))
    }

    // MARK: The ledger

    private static func append(_ ledger: JobLedger, to writer: inout ByteWriter) {
        writer.append(varint: UInt64(ledger.sources.count))
        for line in ledger.sources {
            writer.append(line.name)
            for count in [line.counts.read, line.counts.decoded, line.counts.deadLetter] { writer.append(count) }
        }
        writer.append(varint: UInt64(ledger.edges.count))
        for line in ledger.edges {
            writer.append(line.name)
            for count in [line.counts.sent, line.counts.received] { writer.append(count) }
        }
        writer.append(varint: UInt64(ledger.operators.count))
        for line in ledger.operators {
            writer.append(line.name)
            let counts = line.counts
            for count in [
                counts.received, counts.passed, counts.filtered, counts.duplicate, counts.late, counts.deadLetter,
                counts.folded, counts.held, counts.made,
            ] {
                writer.append(count)
            }
        }
    }

    private static func ledger(_ reader: inout ByteReader) throws(Fault) -> JobLedger {
        var ledger = JobLedger()
        for _ in 0..<(try reader.readCount(width: 25)) {
            let name = try reader.readText()
            var counts = SourceLedger()
            counts.read = try reader.read(Int64.self)
            counts.decoded = try reader.read(Int64.self)
            counts.deadLetter = try reader.read(Int64.self)
            ledger.sources.append(.init(name: name, counts: counts))
        }
        for _ in 0..<(try reader.readCount(width: 17)) {
            let name = try reader.readText()
            var counts = EdgeLedger()
            counts.sent = try reader.read(Int64.self)
            counts.received = try reader.read(Int64.self)
            ledger.edges.append(.init(name: name, counts: counts))
        }
        for _ in 0..<(try reader.readCount(width: 73)) {
            let name = try reader.readText()
            var counts = OperatorLedger()
            counts.received = try reader.read(Int64.self)
            counts.passed = try reader.read(Int64.self)
            counts.filtered = try reader.read(Int64.self)
            counts.duplicate = try reader.read(Int64.self)
            counts.late = try reader.read(Int64.self)
            counts.deadLetter = try reader.read(Int64.self)
            counts.folded = try reader.read(Int64.self)
            counts.held = try reader.read(Int64.self)
            counts.made = try reader.read(Int64.self)
            ledger.operators.append(.init(name: name, counts: counts))
        }
        return ledger
    }
}
