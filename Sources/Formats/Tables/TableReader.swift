package import Dataflow
package import Primitives

/// Reads small static tables: CSV (RFC 4180) with a header line, or one JSON object a line. A list of JSON is what a
/// cell of CSV would have in its place, its values parted by `|`; an object has no value.
package enum TableReader {
    /// - Throws: `table.empty`, `table.quote`, `table.row`; `json.syntax`: a line is no JSON.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> StaticTable {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        let first = bytes.first { !isSpace($0) }
        return first == UInt8(ascii: "{") ? try readJSONLines(bytes) : try readCSV(bytes)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    // MARK: JSON lines

    private static func readJSONLines(_ bytes: [UInt8]) throws(Fault) -> StaticTable {
        var columns: [String] = []
        var rows: [[String?]] = []
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.allSatisfy(isSpace) {
            let value: JSONValue
            do throws(Fault) {
                value = try JSONValue.parse(Array(line))
            } catch {
                throw Fault(error.code, "line \(number + 1) of the table is no JSON", detail: error.detail)
            }
            guard case .object(let members) = value else {
                throw Fault("table.row", "line \(number + 1) of the table is no JSON object")
            }
            for member in members where !columns.contains(member.name) { columns.append(member.name) }
            var row = [String?](repeating: nil, count: columns.count)
            for member in members {
                if let index = columns.firstIndex(of: member.name) { row[index] = text(member.value) }
            }
            rows.append(row)
        }
        // Columns that came later are missing in the rows before.
        for index in rows.indices {
            rows[index] += [String?](repeating: nil, count: columns.count - rows[index].count)
        }
        return StaticTable(columns: columns, rows: rows)
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .null: nil
        case .bool(let value): String(value)
        case .int64(let value): String(value)
        case .float64(let value): String(value)
        case .string(let value): value
        case .array(let items) where !items.isEmpty: items.compactMap(text).joined(separator: "|")
        case .array, .object: nil
        }
    }

    // MARK: CSV

    private static func readCSV(_ bytes: [UInt8]) throws(Fault) -> StaticTable {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var line = 1
        var index = 0
        func endRecord() {
            record.append(String(decoding: field, as: UTF8.self))
            field = []
            if record != [""] { records.append(record) }
            record = []
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x0A { line += 1 }
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
            case UInt8(ascii: ","):
                record.append(String(decoding: field, as: UTF8.self))
                field = []
            case 0x0A: endRecord()
            case 0x0D where index < bytes.count && bytes[index] == 0x0A: break
            default: field.append(byte)
            }
        }
        if isQuoted { throw Fault("table.quote", "a quote of the table is not closed", detail: "at line \(line)") }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        guard let header = records.first else {
            throw Fault("table.empty", "the table has no header line", hint: "its first line names the columns")
        }
        for (number, record) in records.enumerated() where record.count != header.count {
            throw Fault(
                "table.row", "record \(number + 1) of the table has \(record.count) fields, not \(header.count)")
        }
        return StaticTable(
            columns: header.map(trimmed), rows: records.dropFirst().map { $0.map { $0.isEmpty ? nil : $0 } })
    }

    /// A name without the blanks around it: `brand, alias` names the column `alias`.
    private static func trimmed(_ name: String) -> String {
        let rest = name.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }
        return String(decoding: Array(rest.reversed()), as: UTF8.self)
    }
}
