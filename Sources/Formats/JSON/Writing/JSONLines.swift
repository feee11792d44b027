package import Columnar
import Primitives

/// Writes batches as lines of JSON, each row as `JSONRowWriter` writes it. What is the same for all rows is looked up
/// once a batch, and a row goes into memory that has room for all of it.
package final class JSONLines {
    private let rows: JSONRowWriter
    private let text = LineText()
    private var clock = ClockText()
    /// For values that are few, or large.
    private var scratch: [UInt8] = []

    package init(schema: Schema, times: TimeStyle = .rfc3339) {
        rows = JSONRowWriter(schema: schema, times: times)
    }

    /// Appends the selected rows of a batch, each with a line's end.
    package func append(_ batch: RecordBatch, to output: inout [UInt8]) {
        let cells = zip(batch.columns, rows.members).map { LineCell($0, prefix: $1.prefix) }
        // Every value but strings has room in 64 bytes.
        let fixedBytes = cells.reduce(64) { $0 + $1.prefix.count + 64 }
        withExtendedLifetime(batch) {
            batch.forEachRow { row in
                text.reserve(fixedBytes)
                if cells.isEmpty { text.append(UInt8(ascii: "{")) }
                for index in cells.indices {
                    cells[index].prefix.withUnsafeBufferPointer { text.append(contentsOf: $0) }
                    append(cells[index], batch.columns, index, row, fixedBytes)
                }
                text.append(UInt8(ascii: "}"))
                text.append(0x0A)
            }
        }
        text.move(to: &output)
    }

    private func append(_ cell: LineCell, _ columns: [Column], _ index: Int, _ row: Int, _ fixedBytes: Int) {
        if let validity = cell.validity, validity[row >> 6] >> UInt64(row & 63) & 1 == 0 {
            scratch.removeAll(keepingCapacity: true)
            JSONText.appendNull(to: &scratch)
            return flushScratch(fixedBytes)
        }
        switch cell.values {
        case .whole(let values): text.append(number: values[row])
        case .time(let values):
            switch rows.times {
            case .rfc3339: clock.append(values[row], to: text)
            case .epochMicroseconds: text.append(number: values[row])
            case .epochMilliseconds: text.append(number: values[row].floored(by: 1_000))
            case .epochSeconds: text.append(number: values[row].floored(by: 1_000_000))
            }
        case .string(let offsets, let bytes):
            let start = Int(offsets[row])
            let value = UnsafeBufferPointer(start: bytes + start, count: Int(offsets[row + 1]) - start)
            // An escaped byte takes six.
            text.reserve(6 * value.count + fixedBytes)
            text.append(quoted: value)
        case .other:
            scratch.removeAll(keepingCapacity: true)
            rows.value(columns[index], row, rows.members[index].members, &scratch)
            flushScratch(fixedBytes)
        }
    }

    private func flushScratch(_ fixedBytes: Int) {
        text.reserve(scratch.count + fixedBytes)
        scratch.withUnsafeBufferPointer { text.append(contentsOf: $0) }
    }
}

/// A column as its rows are written: pointers into a batch that lives for as long.
private struct LineCell {
    enum Values {
        case whole(UnsafePointer<Int64>)
        case time(UnsafePointer<Int64>)
        case string(offsets: UnsafePointer<Int32>, bytes: UnsafePointer<UInt8>)
        case other
    }

    /// What stands before the value.
    let prefix: [UInt8]
    /// One bit a row; `nil`: every row has a value.
    let validity: UnsafePointer<UInt64>?
    let values: Values

    init(_ column: Column, prefix: [UInt8]) {
        self.prefix = prefix
        switch column {
        case .int64(let column):
            validity = column.validity?.words.pointer
            values = .whole(column.values)
        case .timestamp(let column):
            validity = column.validity?.words.pointer
            values = .time(column.values)
        case .string(let column):
            validity = column.validity?.words.pointer
            values = .string(offsets: column.offsets, bytes: column.bytes)
        case .bool, .float64, .bytes, .list, .struct:
            validity = nil
            values = .other
        }
    }
}
