package import Columnar
import Primitives

/// How a timestamp is written.
package enum TimeStyle: String, Sendable, CaseIterable {
    /// `2026-01-01T00:00:00Z`.
    case rfc3339
    case epochSeconds = "epoch_s"
    case epochMilliseconds = "epoch_ms"
    case epochMicroseconds = "epoch_us"
}

/// Writes rows as JSON objects, columns in the order of the schema.
package struct JSONRowWriter: Sendable {
    fileprivate let members: [Member]
    private let times: TimeStyle

    fileprivate struct Member: Sendable {
        /// `{"name":` for the first, `,"name":` for the others.
        var prefix: [UInt8]
        var members: [Member]
    }

    package init(schema: Schema, times: TimeStyle = .rfc3339) {
        self.times = times
        members = Self.members(schema.fields)
    }

    /// Appends one row as an object, without a line's end. What JSON has no number for is written as null; bytes that
    /// are no UTF-8, as `{"base64":"…"}`.
    package func append(row: Int, of batch: RecordBatch, to output: inout [UInt8]) {
        object(members, batch.columns, row, &output)
    }

    /// Prepares to write many rows of a batch.
    package func rows(of batch: RecordBatch) -> JSONRows {
        JSONRows(batch, writer: self)
    }

    /// Appends one value of a column by itself. The names of its members are prepared anew each time: for values that
    /// are few, or large.
    package static func append(_ column: Column, row: Int, to output: inout [UInt8]) {
        JSONRowWriter(schema: Schema([])).value(column, row, nested(column), &output)
    }

    private static func nested(_ column: Column) -> [Member] {
        switch column {
        case .struct(let column): members(column.fields)
        case .list(let column): nested(column.elements)
        default: []
        }
    }

    private static func members(_ fields: [Field]) -> [Member] {
        fields.enumerated().map { index, field in
            var prefix: [UInt8] = [index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ",")]
            JSONText.append(Array(field.name.utf8).withUnsafeBufferPointer { Array($0) }, to: &prefix)
            prefix.append(UInt8(ascii: ":"))
            return Member(prefix: prefix, members: nested(field.type))
        }
    }

    private static func nested(_ type: DataType) -> [Member] {
        switch type {
        case .struct(let fields): members(fields)
        case .list(let element): nested(element)
        default: []
        }
    }

    private func object(_ members: [Member], _ columns: [Column], _ row: Int, _ output: inout [UInt8]) {
        if members.isEmpty { output.append(UInt8(ascii: "{")) }
        for index in members.indices {
            output.append(contentsOf: members[index].prefix)
            value(columns[index], row, members[index].members, &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    fileprivate func value(_ column: Column, _ row: Int, _ members: [Member], _ output: inout [UInt8]) {
        guard column.isValid(row) else { return JSONText.appendNull(to: &output) }
        switch column {
        case .bool(let column): JSONText.append(column[row], to: &output)
        case .int64(let column): JSONText.append(column.values[row], to: &output)
        case .float64(let column): JSONText.append(column.values[row], to: &output)
        case .timestamp(let column): time(column.values[row], &output)
        case .string(let column): JSONText.append(column[row], to: &output)
        case .bytes(let column): JSONText.append(bytes: column[row], to: &output)
        case .struct(let column): object(members, column.children, row, &output)
        case .list(let column):
            output.append(UInt8(ascii: "["))
            for (index, position) in column[row].enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                value(column.elements, position, members, &output)
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    fileprivate func time(_ microseconds: Int64, _ output: inout [UInt8]) {
        switch times {
        case .rfc3339:
            output.append(UInt8(ascii: "\""))
            Timestamp.append(microseconds, to: &output)
            output.append(UInt8(ascii: "\""))
        case .epochMicroseconds: JSONText.append(microseconds, to: &output)
        case .epochMilliseconds: JSONText.append(microseconds.floored(by: 1_000), to: &output)
        case .epochSeconds: JSONText.append(microseconds.floored(by: 1_000_000), to: &output)
        }
    }
}

/// The rows of one batch, ready to be written: what is the same for all of them is looked up once.
package struct JSONRows {
    private let writer: JSONRowWriter
    private let columns: [Column]
    private let steps: [Step]
    /// What stands before each value, one behind the other.
    private let prefixes: [UInt8]

    private struct Step {
        var prefix: Range<Int>
        var value: Value
    }

    private enum Value: BitwiseCopyable {
        case plain(ColumnPointers, isTime: Bool, isText: Bool)
        /// A list or struct: the number of its column.
        case nested(Int)
    }

    fileprivate init(_ batch: RecordBatch, writer: JSONRowWriter) {
        self.writer = writer
        columns = batch.columns
        var prefixes: [UInt8] = []
        steps = zip(writer.members, batch.columns).enumerated().map { index, pair in
            let start = prefixes.count
            prefixes += pair.0.prefix
            let value = ColumnPointers(pair.1).map { pointers in
                Value.plain(pointers, isTime: pair.1.type == .timestamp, isText: pair.1.type == .string)
            }
            return Step(prefix: start..<prefixes.count, value: value ?? .nested(index))
        }
        self.prefixes = prefixes
    }

    /// Appends a row as `JSONRowWriter.append(row:of:to:)` does.
    package func append(_ row: Int, to output: inout [UInt8]) {
        if steps.isEmpty { output.append(UInt8(ascii: "{")) }
        prefixes.withUnsafeBufferPointer { prefixes in
            for step in steps {
                output.append(contentsOf: UnsafeBufferPointer(rebasing: prefixes[step.prefix]))
                switch step.value {
                case .plain(let column, let isTime, let isText): plain(column, isTime, isText, row, &output)
                case .nested(let index): writer.value(columns[index], row, writer.members[index].members, &output)
                }
            }
        }
        output.append(UInt8(ascii: "}"))
    }

    private func plain(
        _ column: ColumnPointers, _ isTime: Bool, _ isText: Bool, _ row: Int, _ output: inout [UInt8]
    ) {
        guard column.isValid(row) else { return JSONText.appendNull(to: &output) }
        switch column.values {
        case .bits(let words): JSONText.append(ColumnPointers.bit(words, row), to: &output)
        case .integers(let values):
            if isTime { writer.time(values[row], &output) } else { JSONText.append(values[row], to: &output) }
        case .floats(let values): JSONText.append(values[row], to: &output)
        case .bytes(let offsets, let bytes):
            let value = ColumnPointers.bytes(offsets, bytes, row)
            if isText { JSONText.append(value, to: &output) } else { JSONText.append(bytes: value, to: &output) }
        }
    }
}

extension Int64 {
    fileprivate func floored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
