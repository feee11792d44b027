import CPQ
import Glibc

extension PostgresConnection {
    /// libpq's parameters; a later one replaces an earlier one, so what the address says beats the defaults.
    static func parameters(
        _ address: ConnectionAddress, application: String, timeoutSeconds: Int
    ) -> [(String, String)] {
        [
            ("connect_timeout", String(timeoutSeconds)),
            ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            // Milliseconds that sent bytes may stay unacknowledged.
            ("tcp_user_timeout", "30000"),
            ("application_name", application),
            ("dbname", address.text),
            ("client_encoding", "UTF8"),
        ]
    }

    static func start(_ parameters: [(String, String)]) -> OpaquePointer? {
        withCStrings(parameters.map(\.0)) { keywords in
            // 1: `dbname` may be a whole connection string.
            withCStrings(parameters.map(\.1)) { values in PQconnectStartParams(keywords, values, 1) }
        }
    }

    static func finishConnecting(
        _ handle: OpaquePointer, timeoutSeconds: Int, patience: Patience
    ) throws(PostgresError) {
        let start = patience.now()
        let limit = Int64(timeoutSeconds) * 1_000_000_000
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            if next == PGRES_POLLING_FAILED || PQstatus(handle) == CONNECTION_BAD {
                throw PostgresError(connectionMessage: String(cString: PQerrorMessage(handle)))
            }
            if patience.now() - start >= limit || patience.isOver(since: start) {
                throw PostgresError(
                    sqlState: "", message: "no answer within \(timeoutSeconds) s", isConnectionLost: true)
            }
            let events = Int16(next == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            var descriptor = pollfd(fd: PQsocket(handle), events: events, revents: 0)
            if poll(&descriptor, 1, 50) > 0 { next = PQconnectPoll(handle) }
        }
    }

    static func describe(_ handle: OpaquePointer) -> String {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        return "host \(text(PQhost(handle))), port \(text(PQport(handle))), database \(text(PQdb(handle))), "
            + "user \(text(PQuser(handle)))"
    }
}

/// Lends strings to C as an array of pointers that ends with a null one.
func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { string in string.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the list holds at least its end") }
        return body(base)
    }
}
