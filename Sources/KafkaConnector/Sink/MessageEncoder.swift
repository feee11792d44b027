import CRdKafka
import Columnar
import Dataflow
import Primitives

/// Turns rows into messages: a dead letter into the record that it was, with the reason beside it, so that the topic
/// can be read again as its source was; any other row into JSON.
struct MessageEncoder {
    private let deadLetters: DeadLetterColumns?
    private let key: MessageKey
    private let pipeline: [UInt8]

    // Used again for every row.
    private var value: [UInt8] = []
    private var keyBytes: [UInt8] = []
    private var numbers: [UInt8] = []
    private var headers: [KafkaProducer.Header] = []

    init(schema: Schema, key: MessageKey, pipeline: String) {
        deadLetters = schema == DeadLetter.schema ? DeadLetterColumns() : nil
        self.key = key
        self.pipeline = Array(pipeline.utf8)
    }

    /// Hands one row to a producer.
    /// - Parameters:
    ///   - columns: of the key, from `keyColumns(of:)`.
    ///   - sequence: the row's number among all that the sink has written in this run.
    mutating func send(
        row: Int, of batch: RecordBatch, key columns: [Column], sequence: Int64, to producer: KafkaProducer
    ) -> rd_kafka_resp_err_t {
        keyBytes.removeAll(keepingCapacity: true)
        let hasKey = !columns.isEmpty && key.append(row: row, of: columns, to: &keyBytes)
        numbers.removeAll(keepingCapacity: true)
        numbers.append(contentsOf: String(sequence).utf8)
        let sequenceEnd = numbers.count
        let letter = deadLetters?.numbers(row, batch, to: &numbers)
        if deadLetters == nil { value.removeAll(keepingCapacity: true) }

        return pipeline.withUnsafeBytes { pipeline in
            numbers.withUnsafeBytes { numbers in
                keyBytes.withUnsafeBytes { key in
                    value.withUnsafeBytes { value in
                        headers.removeAll(keepingCapacity: true)
                        headers.append(.init("martlet-pipeline", pipeline))
                        headers.append(.init("martlet-sequence", .init(rebasing: numbers[..<sequenceEnd])))
                        var value: UnsafeRawBufferPointer? = value
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

    /// The value that a row was last sent with, copied: where the producer refuses it, it is parked.
    func lastValue(row: Int, of batch: RecordBatch) -> [UInt8]? {
        guard let deadLetters else { return value }
        return deadLetters.bytes(row, batch).map { [UInt8]($0) }
    }

    func keyColumns(of batch: RecordBatch) -> [Column] { key.columns(of: batch) }
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
        output.append(contentsOf: String(batch.columns[partition].asInt64?.values[row] ?? 0).utf8)
        let middle = output.count
        output.append(contentsOf: String(batch.columns[offset].asInt64?.values[row] ?? 0).utf8)
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
