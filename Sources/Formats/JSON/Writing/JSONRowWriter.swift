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
    let members: [Member]
    let times: TimeStyle

    struct Member: Sendable {
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

    func value(_ column: Column, _ row: Int, _ members: [Member], _ output: inout [UInt8]) {
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

    private func time(_ microseconds: Int64, _ output: inout [UInt8]) {
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

extension Int64 {
    func floored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
