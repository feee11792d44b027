import Columnar
import Dataflow
import Primitives

/// Writes the key of a message from columns of a row: one column as plain text, several as a JSON array.
struct MessageKey {
    private let paths: [FieldPath]

    /// - Parameter columns: paths of columns, each with the place in the file that names it.
    init(_ columns: [(name: String, path: [String])], schema: Schema, _ faults: FaultCollector) {
        var paths: [FieldPath] = []
        for (name, place) in columns {
            guard let path = schema.resolve(name) else {
                faults.report(
                    Fault(
                        "kafka.key_unknown", "there is no column \"\(name)\" to make the key from",
                        hint: "the columns are \(schema.paths.joined(separator: ", "))"), at: place)
                continue
            }
            switch path.field.type {
            case .list, .struct:
                faults.report(
                    Fault(
                        "kafka.key_type", "the column \"\(name)\" is \(path.field.type) and cannot be a key",
                        hint: "name a column with a single value"), at: place)
            default: paths.append(path)
            }
        }
        self.paths = paths
    }

    var isEmpty: Bool { paths.isEmpty }

    /// The columns of the key in a batch.
    func columns(of batch: RecordBatch) -> [Column] { paths.map { batch.column(at: $0) } }

    /// Appends the key of a row.
    /// - Returns: `false`: the row has none, for its only key column is null.
    func append(row: Int, of columns: [Column], to output: inout [UInt8]) -> Bool {
        if columns.count == 1 {
            guard columns[0].isValid(row) else { return false }
            Self.append(columns[0], row, isJSON: false, to: &output)
            return true
        }
        output.append(UInt8(ascii: "["))
        for (index, column) in columns.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if column.isValid(row) {
                Self.append(column, row, isJSON: true, to: &output)
            } else {
                output.append(contentsOf: "null".utf8)
            }
        }
        output.append(UInt8(ascii: "]"))
        return true
    }

    private static func append(_ column: Column, _ row: Int, isJSON: Bool, to output: inout [UInt8]) {
        switch column {
        case .string(let column), .bytes(let column):
            if isJSON { appendQuoted(column[row], to: &output) } else { output.append(contentsOf: column[row]) }
        case .int64(let column): output.append(contentsOf: String(column.values[row]).utf8)
        case .timestamp(let column):
            if isJSON { output.append(UInt8(ascii: "\"")) }
            Timestamp.append(column.values[row], to: &output)
            if isJSON { output.append(UInt8(ascii: "\"")) }
        case .float64(let column):
            let value = column.values[row]
            // JSON knows no infinity.
            output.append(contentsOf: (isJSON && !value.isFinite ? "null" : String(value)).utf8)
        case .bool(let column): output.append(contentsOf: (column[row] ? "true" : "false").utf8)
        case .list, .struct: break
        }
    }

    /// A JSON string (RFC 8259, 7): quotes, backslashes and control characters are escaped.
    private static func appendQuoted(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20:
                output.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                output.append(contentsOf: String(byte, radix: 16).utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
