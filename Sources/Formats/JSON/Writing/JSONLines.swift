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
        guard let column = cell.plain else { return other(columns, index, row, fixedBytes) }
        guard column.isValid(row) else {
            scratch.removeAll(keepingCapacity: true)
            JSONText.appendNull(to: &scratch)
            return flushScratch(fixedBytes)
        }
        switch column.values {
        case .integers(let values):
            if cell.isTime { time(values[row]) } else { text.append(number: values[row]) }
        case .bytes(let offsets, let bytes) where cell.isText:
            let value = ColumnPointers.bytes(offsets, bytes, row)
            // An escaped byte takes six.
            text.reserve(6 * value.count + fixedBytes)
            text.append(quoted: value)
        case .bits, .floats, .bytes: other(columns, index, row, fixedBytes)
        }
    }

    private func time(_ microseconds: Int64) {
        switch rows.times {
        case .rfc3339: clock.append(microseconds, to: text)
        case .epochMicroseconds: text.append(number: microseconds)
        case .epochMilliseconds: text.append(number: microseconds.floored(by: 1_000))
        case .epochSeconds: text.append(number: microseconds.floored(by: 1_000_000))
        }
    }

    private func other(_ columns: [Column], _ index: Int, _ row: Int, _ fixedBytes: Int) {
        scratch.removeAll(keepingCapacity: true)
        rows.value(columns[index], row, rows.members[index].members, &scratch)
        flushScratch(fixedBytes)
    }

    private func flushScratch(_ fixedBytes: Int) {
        text.reserve(scratch.count + fixedBytes)
        scratch.withUnsafeBufferPointer { text.append(contentsOf: $0) }
    }
}

/// A column as its rows are written.
private struct LineCell {
    /// What stands before the value.
    let prefix: [UInt8]
    /// `nil` for a list or struct. Valid while the batch lives.
    let plain: ColumnPointers?
    let isTime: Bool
    let isText: Bool

    init(_ column: Column, prefix: [UInt8]) {
        self.prefix = prefix
        plain = ColumnPointers(column)
        isTime = column.type == .timestamp
        isText = column.type == .string
    }
}
