import CPQ

/// The answer to a statement, copied out of libpq; for catalogs and single rows, not for bulk.
package struct QueryResult: Sendable {
    /// Values as text; `nil` for null.
    package var rows: [[String?]] = []
    /// Rows that the statement wrote or returned.
    package var affected = 0
    /// What the server calls the statement it ran: `COMMIT`, `ROLLBACK`, `INSERT 0 3`.
    package var tag = ""

    package init() {}

    /// The only value of the only row.
    package var value: String? { rows.first?.first ?? nil }

    init(_ result: OpaquePointer) {
        tag = String(cString: PQcmdStatus(result))
        affected = Int(String(cString: PQcmdTuples(result))) ?? 0
        let columns = PQnfields(result)
        rows = (0..<PQntuples(result)).map { row in
            (0..<columns).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }
}

extension PostgresError {
    /// The error that a result carries.
    init(_ result: OpaquePointer, isConnectionLost: Bool) {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE 'C', PG_DIAG_MESSAGE_PRIMARY 'M', _DETAIL 'D', _HINT 'H': macros of libpq's header.
        self.init(
            sqlState: field("C") ?? "",
            message: field("M") ?? Self.firstLine(String(cString: PQresultErrorMessage(result))),
            detail: field("D"), hint: field("H"), isConnectionLost: isConnectionLost)
    }

    /// The error of a connection that has no result to tell it, as libpq words it in its verbose form:
    /// `… failed: FATAL:  28P01: password authentication failed …`.
    init(connectionMessage text: String) {
        var state = ""
        var message = Self.firstLine(text)
        let bytes = Array(message.utf8)
        let mark = Array(":  ".utf8)
        var index = 0
        while index + 10 <= bytes.count {
            let code = bytes[index + 3..<index + 8]
            let isCode = code.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
            if bytes[index..<index + 3].elementsEqual(mark), isCode, bytes[index + 8] == UInt8(ascii: ":") {
                state = String(decoding: code, as: UTF8.self)
                message = String(decoding: bytes[(index + 10)...], as: UTF8.self)
                break
            }
            index += 1
        }
        self.init(sqlState: state, message: message, isConnectionLost: true)
    }

    private static func firstLine(_ text: String) -> String {
        let lines = text.split(separator: "\n").map(String.init)
        // libpq tries every address of a host and tells of each on a line of its own.
        let told = lines.filter { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("\tIs the server") }
        return told.isEmpty ? "the connection was lost" : told.joined(separator: "; ")
    }
}
