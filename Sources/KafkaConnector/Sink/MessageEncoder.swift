import CRdKafka
import Columnar
import Dataflow
import Formats
import Primitives

/// Turns rows into messages: a dead letter into the record that it was, with the reason beside it, so that the topic
/// can be read again as its source was; any other row into JSON.
struct MessageEncoder {
    /// Rows of a batch are written at once up to about so much text.
    private static let blockBytes = 1 << 18

    private let deadLetters: DeadLetterColumns?
    private let rows: JSONRowWriter
    private let key: MessageKey
    /// The names of the pipeline and of the sink, one after the other.
    private let names: [UInt8]
    private let pipelineEnd: Int

    /// Some rows of a batch as JSON, one behind another, which they are and where each ends.
    private var values: [UInt8] = []
    private var ends: [Int] = []
    private var block = 0..<0

    // Used again for every row.
    private var keyBytes: [UInt8] = []
    private var numbers: [UInt8] = []
    private var headers: [KafkaProducer.Header] = []

    init(schema: Schema, key: MessageKey, pipeline: String, sink: String) {
        deadLetters = schema == DeadLetter.schema ? DeadLetterColumns() : nil
        rows = JSONRowWriter(schema: schema)
        self.key = key
        names = Array(pipeline.utf8) + Array(sink.utf8)
        pipelineEnd = pipeline.utf8.count
    }

    /// Takes up a batch.
    /// - Returns: the columns of the key.
    mutating func begin(_ batch: RecordBatch) -> [Column] {
        block = 0..<0
        return key.columns(of: batch)
    }

    /// Hands one row of the batch to a producer.
    /// - Parameters:
    ///   - columns: of the key, from `begin`.
    ///   - name: of the row.
    mutating func send(
        row: Int, of batch: RecordBatch, key columns: [Column], name: MessageName, to producer: KafkaProducer
    ) -> rd_kafka_resp_err_t {
        keyBytes.removeAll(keepingCapacity: true)
        let hasKey = !columns.isEmpty && key.append(row: row, of: columns, to: &keyBytes)
        numbers.removeAll(keepingCapacity: true)
        JSONText.append(name.origin, to: &numbers)
        let originEnd = numbers.count
        JSONText.append(name.epoch, to: &numbers)
        let epochEnd = numbers.count
        JSONText.append(name.sequence, to: &numbers)
        let sequenceEnd = numbers.count
        let letter = deadLetters?.numbers(row, batch, to: &numbers)
        let text = deadLetters == nil ? place(row, batch) : 0..<0

        return names.withUnsafeBytes { names in
            numbers.withUnsafeBytes { numbers in
                keyBytes.withUnsafeBytes { key in
                    values.withUnsafeBytes { values in
                        headers.removeAll(keepingCapacity: true)
                        headers.append(.init("martlet-pipeline", .init(rebasing: names[..<pipelineEnd])))
                        headers.append(.init("martlet-sink", .init(rebasing: names[pipelineEnd...])))
                        headers.append(.init("martlet-run", .init(rebasing: numbers[..<originEnd])))
                        headers.append(.init("martlet-epoch", .init(rebasing: numbers[originEnd..<epochEnd])))
                        headers.append(.init("martlet-sequence", .init(rebasing: numbers[epochEnd..<sequenceEnd])))
                        var value: UnsafeRawBufferPointer? = .init(rebasing: values[text])
                        if let deadLetters, let letter {
                            let (partition, offset) = (sequenceEnd..<letter, letter..<numbers.count)
                            headers.append(.init("martlet-partition", .init(rebasing: numbers[partition])))
                            headers.append(.init("martlet-offset", .init(rebasing: numbers[offset])))
                            value = deadLetters.texts(row, batch, to: &headers)
                        }
                        return producer.produce(value: value, key: hasKey ? key : nil, headers: headers)
                    }
                }
            }
        }
    }

    /// The value that a row is sent with, copied: where the producer refuses it, it is parked.
    mutating func value(row: Int, of batch: RecordBatch) -> [UInt8]? {
        guard let deadLetters else { return Array(values[place(row, batch)]) }
        return deadLetters.bytes(row, batch).map { [UInt8]($0) }
    }

    /// Where a row of the batch lies in `values`; it and those behind it are written if they were not.
    private mutating func place(_ row: Int, _ batch: RecordBatch) -> Range<Int> {
        if !block.contains(row) {
            values.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
            rows.append(
                rows: row..<batch.rowCount, of: batch, bytesMax: Self.blockBytes, to: &values, ends: &ends)
            block = row..<row + ends.count
        }
        let index = row - block.lowerBound
        return (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}

/// What tells a row from every other that a sink writes, and is the same when it is written again.
struct MessageName {
    /// When the sink's state began, in microseconds since 1970.
    var origin: Int64
    var epoch: Int64
    /// 0, 1, 2 … within the epoch.
    var sequence: Int64
}

extension KafkaProducer.Header {
    /// A header whose name is written in the source, and so ends with a zero byte.
    init(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        self.init(name: UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), value: value)
    }
}

/// The columns of `DeadLetter.schema` as headers and value of a message.
struct DeadLetterColumns {
    private let partition = DeadLetter.schema.index(of: "partition") ?? 0
    private let offset = DeadLetter.schema.index(of: "offset") ?? 0
    private let bytes = DeadLetter.schema.index(of: "bytes") ?? 0
    private let named: [(header: StaticString, column: Int)] = [
        ("martlet-code", DeadLetter.schema.index(of: "code") ?? 0),
        ("martlet-reason", DeadLetter.schema.index(of: "reason") ?? 0),
        ("martlet-origin", DeadLetter.schema.index(of: "origin") ?? 0),
        ("martlet-node", DeadLetter.schema.index(of: "node") ?? 0),
    ]

    /// Appends the partition and the offset as text.
    /// - Returns: where the offset begins.
    func numbers(_ row: Int, _ batch: RecordBatch, to output: inout [UInt8]) -> Int {
        JSONText.append(batch.columns[partition].asInt64?.values[row] ?? 0, to: &output)
        let middle = output.count
        JSONText.append(batch.columns[offset].asInt64?.values[row] ?? 0, to: &output)
        return middle
    }

    /// Appends the texts as headers, lent by the batch.
    /// - Returns: the record as it came; `nil` for a null payload.
    func texts(_ row: Int, _ batch: RecordBatch, to headers: inout [KafkaProducer.Header]) -> UnsafeRawBufferPointer? {
        for (name, index) in named {
            guard let column = batch.columns[index].asBytes else { continue }
            headers.append(.init(name, UnsafeRawBufferPointer(column[row])))
        }
        return bytes(row, batch)
    }

    /// The record as it came, lent by the batch; `nil` for a null payload.
    func bytes(_ row: Int, _ batch: RecordBatch) -> UnsafeRawBufferPointer? {
        guard let column = batch.columns[bytes].asBytes, column.isValid(row) else { return nil }
        return UnsafeRawBufferPointer(column[row])
    }
}
