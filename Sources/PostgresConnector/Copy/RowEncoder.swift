import Columnar
import Formats

/// Writes rows in the format of `COPY … (FORMAT binary)` (PostgreSQL manual, COPY, "Binary Format").
struct RowEncoder {
    private let wires: [WireType]
    /// Of the columns that travel as JSON.
    private let writers: [JSONRowWriter?]

    init(_ plan: TablePlan) {
        wires = plan.columns.map(\.wire)
        writers = plan.columns.map { $0.wire == .jsonb ? JSONRowWriter(valuesOf: $0.field.type) : nil }
    }

    /// The signature, no flags, no extension.
    static func appendHeader(to buffer: ByteBuffer) {
        let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]  // PGCOPY\n…
        signature.withUnsafeBytes { buffer.append($0) }
        buffer.append(Int32(0))
        buffer.append(Int32(0))
    }

    static func appendTrailer(to buffer: ByteBuffer) { buffer.append(Int16(-1)) }

    func append(
        _ fields: UnsafePointer<FieldReader>, columns: [Column], row: Int, to buffer: ByteBuffer
    ) {
        buffer.append(Int16(truncatingIfNeeded: wires.count))
        for index in wires.indices {
            let field = fields[index]
            guard field.isValid(row) else {
                buffer.append(Int32(-1))
                continue
            }
            switch field.kind {
            case .number, .float:
                buffer.append(Int32(8))
                buffer.append(field.bits(row))
            case .timestamp:
                buffer.append(Int32(8))
                // Rows with a time that the server lacks were parked before they came here.
                buffer.append(PostgresTime.fromUnix(Int64(bitPattern: field.bits(row))) ?? 0)
            case .bool:
                buffer.append(Int32(1))
                buffer.append(UInt8(field.bool(row) ? 1 : 0))
            case .bytes:
                let bytes = field.bytes(row)
                buffer.append(Int32(truncatingIfNeeded: bytes.count))
                buffer.append(bytes)
            case .nested:
                if let writer = writers[index] {
                    Self.append(columns[index], row: row, writer, to: buffer)
                } else {
                    Self.append(columns[index], row: row, as: wires[index], to: buffer)
                }
            }
        }
    }

    /// Appends a value as `jsonb` with its length before it: the version of its binary form, then its text.
    private static func append(_ column: Column, row: Int, _ writer: JSONRowWriter, to buffer: ByteBuffer) {
        var text: [UInt8] = [1]
        writer.append(column, row: row, to: &text)
        buffer.append(Int32(truncatingIfNeeded: text.count))
        text.withUnsafeBytes { buffer.append($0) }
    }

    /// Appends a value with its length before it.
    private static func append(_ column: Column, row: Int, as wire: WireType, to buffer: ByteBuffer) {
        let start = buffer.count
        buffer.append(Int32(0))
        switch (column, wire) {
        case (.list(let list), .array(let element)): append(list, row: row, of: element, to: buffer)
        case (.bool(let column), _): buffer.append(UInt8(column[row] ? 1 : 0))
        case (.int64(let column), _): buffer.append(column.values[row])
        case (.timestamp(let column), _): buffer.append(PostgresTime.fromUnix(column.values[row]) ?? 0)
        case (.float64(let column), _): buffer.append(column.values[row].bitPattern)
        case (.string(let column), _), (.bytes(let column), _): buffer.append(UnsafeRawBufferPointer(column[row]))
        case (.list, _), (.struct, _): break
        }
        buffer.setLength(buffer.count - start - 4, at: start)
    }

    private static func append(_ list: ListColumn, row: Int, of element: WireType, to buffer: ByteBuffer) {
        let positions = list[row]
        // Dimensions, whether there are nulls, the elements' type; an empty array has no dimension.
        buffer.append(Int32(positions.isEmpty ? 0 : 1))
        let hasNulls = positions.contains { !list.elements.isValid($0) }
        buffer.append(Int32(hasNulls ? 1 : 0))
        buffer.append(element.oid)
        guard !positions.isEmpty else { return }
        buffer.append(Int32(truncatingIfNeeded: positions.count))
        // Subscripts start at 1, as in an array that SQL makes.
        buffer.append(Int32(1))
        for position in positions {
            if list.elements.isValid(position) {
                append(list.elements, row: position, as: element, to: buffer)
            } else {
                buffer.append(Int32(-1))
            }
        }
    }
}
