import Columnar
import Dataflow
import Primitives

/// How the groups of a bucket stand in checkpoints: each once, and its count again whenever it has grown.
struct SimilarRows {
    static let groups = StateTable(
        "groups",
        Schema([
            Field("hash", .int64), Field("number", .int64), Field("at", .timestamp), Field("posts", .int64),
            Field("id", .bytes), Field("words", .bytes), Field("tags", .bytes),
        ]))
    static let counts = StateTable(
        "counts", Schema([Field("hash", .int64), Field("number", .int64), Field("posts", .int64)]), keyColumns: 2)

    /// Rows that have come back, by the start of their bucket and the number of their group.
    struct Returned {
        var groups: [Int64: [Int64: SimilarBucket.Stored]] = [:]
        var counts: [Int64: [Int64: Int64]] = [:]
    }

    private var opened = StateBatchBuilder(groups.schema)
    private var grown = StateBatchBuilder(counts.schema)

    mutating func append(
        _ number: Int, at time: Int64, count: Int64, _ id: PostID, words: ArraySlice<UInt32>, tags: ArraySlice<UInt32>
    ) {
        let builders = opened.builders
        // All groups meet in one subtask: the one that owns the least hash.
        builders[0].append(Int64(0))
        builders[1].append(Int64(number))
        builders[2].append(time)
        builders[3].append(count)
        switch id {
        case .none: Self.append(UInt8(0), to: builders[4])
        case .number(let number):
            Self.append(UInt8(1), to: builders[4])
            Self.append(UInt64(bitPattern: number), to: builders[4])
        case .text(let text):
            Self.append(UInt8(2), to: builders[4])
            text.withUnsafeBufferPointer { builders[4].appendPart($0) }
        }
        for word in words { Self.append(word, to: builders[5]) }
        for tag in tags { Self.append(tag, to: builders[6]) }
        for column in 4...6 { builders[column].finishBytes() }
        opened.endRow()
    }

    private static func append(_ number: some FixedWidthInteger, to column: ColumnBuilder) {
        withUnsafeBytes(of: number.littleEndian) { column.appendPart($0.bindMemory(to: UInt8.self)) }
    }

    mutating func append(_ number: Int, count: Int64) {
        grown.builders[0].append(Int64(0))
        grown.builders[1].append(Int64(number))
        grown.builders[2].append(count)
        grown.endRow()
    }

    mutating func finish() -> (groups: [RecordBatch], counts: [RecordBatch]) { (opened.finish(), grown.finish()) }

    // MARK: Recovery

    static func read(_ stored: StateRows, into returned: inout Returned) throws(Fault) {
        guard let table = [groups, counts].first(where: { $0.name == stored.table }) else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == table.schema, let numbers = rows.columns[1].asInt64 else { throw foreign }
        if table == counts {
            guard let counts = rows.columns[2].asInt64 else { throw foreign }
            for row in 0..<rows.rowCount {
                // The newest comes first.
                let known = returned.counts[stored.bucket]?[numbers.values[row]]
                returned.counts[stored.bucket, default: [:]][numbers.values[row]] = known ?? counts.values[row]
            }
            return
        }
        guard let times = rows.columns[2].asInt64, let counts = rows.columns[3].asInt64,
            let ids = rows.columns[4].asBytes, let words = rows.columns[5].asBytes, let tags = rows.columns[6].asBytes
        else { throw foreign }
        for row in 0..<rows.rowCount {
            returned.groups[stored.bucket, default: [:]][numbers.values[row]] = SimilarBucket.Stored(
                time: times.values[row], count: counts.values[row], id: try id(Array(ids[row])),
                words: numbers32(Array(words[row])), tags: numbers32(Array(tags[row])))
        }
    }

    private static let foreign = Fault(
        "state.columns", "the stored state of a similar has other columns", domain: .internal)

    private static func id(_ bytes: [UInt8]) throws(Fault) -> PostID {
        switch bytes.first {
        case 0: return .none
        case 1:
            let value = try Array(bytes.dropFirst()).read { (reader) throws(Fault) in try reader.read(Int64.self) }
            return .number(value)
        case 2: return .text(Array(bytes.dropFirst()))
        default: throw foreign
        }
    }

    private static func numbers32(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count - 3, by: 4).map { start in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
        }
    }
}
