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

/// Writes rows as JSON objects, columns in the order of the schema. What JSON has no number for is written as null;
/// bytes that are no UTF-8, as `{"base64":"…"}`.
///
/// What is the same for all rows is looked up once a call, so rows are best written many at a time. A row goes into
/// memory that has room for all of it. Used by one thread at a time.
package final class JSONRowWriter {
    private let times: TimeStyle
    private let members: [JSONMember]
    /// What the members' prefixes point into.
    private let prefixes: UnsafeMutableBufferPointer<UInt8>
    /// The bytes that all members of a row may need once, strings and further elements of lists aside.
    private let room: Int
    private let text = TextBuffer()
    private var clock = ClockText()

    package init(schema: Schema, times: TimeStyle = .rfc3339) {
        self.times = times
        var layout = JSONLayout()
        layout.append(schema.fields)
        (prefixes, members) = layout.finish()
        room = prefixes.count + (members.count + 1) * TextCursor.plainRoom
    }

    /// Writes values of one type by themselves, not as objects.
    package convenience init(valuesOf type: DataType) {
        self.init(schema: Schema([Field("value", type, isNullable: true)]))
    }

    deinit { prefixes.deallocate() }

    /// Appends the selected rows of a batch, each with a line's end.
    package func append(linesOf batch: RecordBatch, to output: inout [UInt8]) {
        write(batch.columns, to: &output) { cells in
            batch.forEachRow { row in
                object(0..<members.count, cells, row)
                text.cursor.append(UInt8(ascii: "\n"))
            }
        }
    }

    /// Appends one row, without a line's end.
    package func append(row: Int, of batch: RecordBatch, to output: inout [UInt8]) {
        write(batch.columns, to: &output) { object(0..<members.count, $0, row) }
    }

    /// Appends rows one behind another, the first of them at least, until they take some bytes.
    /// - Parameter ends: takes where each row ends in the output.
    package func append(
        rows: Range<Int>, of batch: RecordBatch, bytesMax: Int, to output: inout [UInt8], ends: inout [Int]
    ) {
        let start = output.count
        write(batch.columns, to: &output) { cells in
            for row in rows {
                object(0..<members.count, cells, row)
                ends.append(start + text.count)
                if text.count >= bytesMax { break }
            }
        }
    }

    /// Appends one value of a column of the type that the writer was made for.
    package func append(_ column: Column, row: Int, to output: inout [UInt8]) {
        write([column], to: &output) { value(0, $0, row) }
    }

    private func write(_ columns: [Column], to output: inout [UInt8], _ body: (UnsafePointer<JSONCell>) -> Void) {
        withUnsafeTemporaryAllocation(of: JSONCell.self, capacity: max(1, members.count)) { cells in
            var count = 0
            for column in columns { fill(column, cells, &count) }
            guard let first = cells.baseAddress else { return }
            text.reserve(room)
            withExtendedLifetime(columns) { body(UnsafePointer(first)) }
        }
        text.move(to: &output)
    }

    private func fill(_ column: Column, _ cells: UnsafeMutableBufferPointer<JSONCell>, _ count: inout Int) {
        cells.initializeElement(at: count, to: JSONCell(column, members[count]))
        count += 1
        switch column {
        case .struct(let column): for child in column.children { fill(child, cells, &count) }
        case .list(let column): fill(column.elements, cells, &count)
        default: break
        }
    }

    // Whoever writes leaves `room` behind itself where it may have used more.

    private func object(_ places: Range<Int>, _ cells: UnsafePointer<JSONCell>, _ row: Int) {
        text.reserve(room)
        if places.isEmpty { text.cursor.append(UInt8(ascii: "{")) }
        var place = places.lowerBound
        while place < places.upperBound {
            text.cursor.append(contentsOf: cells[place].member.prefix)
            value(place, cells, row)
            place = cells[place].member.end
        }
        text.cursor.append(UInt8(ascii: "}"))
    }

    private func value(_ place: Int, _ cells: UnsafePointer<JSONCell>, _ row: Int) {
        let cell = cells + place
        guard cell.pointee.isValid(row) else { return text.cursor.appendNull() }
        switch cell.pointee.values {
        case .bools(let words): text.cursor.append(ColumnPointers.bit(words, row))
        case .integers(let values): text.cursor.append(number: values[row])
        case .floats(let values): text.cursor.append(number: values[row])
        case .times(let values): time(values[row])
        case .strings(let offsets, let bytes):
            let value = ColumnPointers.bytes(offsets, bytes, row)
            text.reserve(TextCursor.room(value) + room)
            text.cursor.append(quoted: value)
        case .bytes(let offsets, let bytes):
            let value = ColumnPointers.bytes(offsets, bytes, row)
            text.reserve(TextCursor.room(value) + room)
            text.cursor.append(bytes: value)
        case .object: object(place + 1..<cell.pointee.member.end, cells, row)
        case .list(let offsets):
            text.cursor.append(UInt8(ascii: "["))
            let elements = Int(offsets[row])..<Int(offsets[row + 1])
            for element in elements {
                if element > elements.lowerBound { text.cursor.append(UInt8(ascii: ",")) }
                value(place + 1, cells, element)
                text.reserve(room)
            }
            text.cursor.append(UInt8(ascii: "]"))
        }
    }

    private func time(_ microseconds: Int64) {
        switch times {
        case .rfc3339: clock.append(microseconds, to: &text.cursor)
        case .epochMicroseconds: text.cursor.append(number: microseconds)
        case .epochMilliseconds: text.cursor.append(number: microseconds.dividedDown(by: 1_000))
        case .epochSeconds: text.cursor.append(number: microseconds.dividedDown(by: 1_000_000))
        }
    }
}

/// Lays the fields of a schema out in the order in which they are written.
private struct JSONLayout {
    private var bytes: [UInt8] = []
    private var fields: [(prefix: Range<Int>, end: Int)] = []

    /// Appends the members of an object.
    mutating func append(_ members: [Field]) {
        for (index, member) in members.enumerated() {
            let start = bytes.count
            bytes.append(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
            JSONText.append(member.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(member.type, prefix: start..<bytes.count)
        }
    }

    private mutating func append(_ type: DataType, prefix: Range<Int>) {
        let place = fields.count
        fields.append((prefix, 0))
        switch type {
        case .struct(let members): append(members)
        case .list(let element): append(element, prefix: 0..<0)
        default: break
        }
        fields[place].end = fields.count
    }

    func finish() -> (UnsafeMutableBufferPointer<UInt8>, [JSONMember]) {
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = memory.initialize(from: bytes)
        return (
            memory,
            fields.map {
                JSONMember(prefix: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(memory)[$0.prefix]), end: $0.end)
            }
        )
    }
}
