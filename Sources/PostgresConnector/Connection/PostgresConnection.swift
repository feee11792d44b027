import CPQ
import Glibc

/// A connection to a server, and the only owner of its handle. Used by one thread at a time.
///
/// Statements are sent and awaited with `poll`, not with libpq's blocking calls, so that a server that hangs cannot
/// hold up a stop for ever.
package final class PostgresConnection {
    let handle: OpaquePointer
    let patience: Patience
    private let secret: String?
    /// As libpq counts: 150020 is 15.20.
    package let serverVersion: Int
    /// Host, port, database and user that were reached, without the password.
    package let description: String

    /// Connects and prepares the session: UTF-8, UTC, no notices.
    ///
    /// - Parameter timeoutSeconds: for the whole attempt.
    package init(
        _ address: ConnectionAddress, application: String, timeoutSeconds: Int, patience: Patience
    ) throws(PostgresError) {
        let parameters = Self.parameters(address, application: application, timeoutSeconds: timeoutSeconds)
        guard let handle = Self.start(parameters) else {
            throw PostgresError(sqlState: "53200", message: "out of memory", isConnectionLost: true)
        }
        do throws(PostgresError) {
            // Verbose, since only so does a refused connection tell its SQLSTATE.
            PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            try Self.finishConnecting(handle, timeoutSeconds: timeoutSeconds, patience: patience)
            // Without a receiver libpq writes notices to standard error.
            PQsetNoticeReceiver(handle, { _, _ in }, nil)
            PQsetnonblocking(handle, 1)
        } catch {
            PQfinish(handle)
            throw error.hiding(address.password)
        }
        self.handle = handle
        self.patience = patience
        secret = address.password
        serverVersion = Int(PQserverVersion(handle))
        description = Self.describe(handle)
        try execute(
            """
            SET TimeZone TO 'UTC'; SET client_min_messages TO warning; SET jit TO off;
            SET standard_conforming_strings TO on; SET temp_buffers TO '64MB'; SET synchronize_seqscans TO off
            """)
    }

    deinit {
        PQfinish(handle)
    }

    /// The server's process for this connection.
    package var processID: Int { Int(PQbackendPID(handle)) }

    /// Whether the connection is whole as far as this side knows.
    package var isOpen: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Runs one or several statements and waits for the end of all; the last one's answer.
    ///
    /// - Parameter parameters: values of `$1`, `$2` …, as text; with any, only one statement.
    @discardableResult
    package func execute(_ sql: String, _ parameters: [String?] = []) throws(PostgresError) -> QueryResult {
        if parameters.isEmpty {
            try check(PQsendQuery(handle, sql) == 1)
        } else {
            let sent = withCStrings(parameters) { values in
                PQsendQueryParams(handle, sql, Int32(parameters.count), nil, values, nil, nil, 0)
            }
            try check(sent == 1)
        }
        return try collect()
    }

    /// Begins a `COPY … FROM STDIN`; `sendCopy` and `endCopy` follow.
    package func beginCopy(_ sql: String) throws(PostgresError) {
        try check(PQsendQuery(handle, sql) == 1)
        guard let result = try nextResult() else { throw lost() }
        let status = PQresultStatus(result)
        if status == PGRES_COPY_IN {
            PQclear(result)
            return
        }
        let error = PostgresError(result, isConnectionLost: !isOpen)
        PQclear(result)
        _ = try? collect()
        throw error.hiding(secret)
    }

    /// Sends a piece of the data of a COPY; pieces need not end with a row.
    package func sendCopy(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
        guard let base = bytes.baseAddress else { return }
        var sent = 0
        while sent < bytes.count {
            let length = min(bytes.count - sent, 1 << 16)
            try check(
                PQputCopyData(handle, (base + sent).assumingMemoryBound(to: CChar.self), Int32(length)) == 1)
            sent += length
            // In non-blocking mode libpq would keep what the socket does not take, without a bound.
            try flush()
        }
    }

    /// Ends a COPY and waits for the server's word on it.
    @discardableResult
    package func endCopy() throws(PostgresError) -> QueryResult {
        try check(PQputCopyEnd(handle, nil) == 1)
        return try collect()
    }

    // MARK: -

    /// Takes all results of what was sent: the first error, else the last answer.
    private func collect() throws(PostgresError) -> QueryResult {
        var last = QueryResult()
        var failure: PostgresError?
        while let result = try nextResult() {
            let status = PQresultStatus(result)
            switch status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = QueryResult(result)
            default:
                failure = failure ?? PostgresError(result, isConnectionLost: !isOpen)
                // A COPY that nobody feeds would give the same result for ever.
                if status == PGRES_COPY_IN { PQputCopyEnd(handle, "no data was to come") }
            }
            PQclear(result)
        }
        if var failure {
            failure.isConnectionLost = !isOpen
            throw failure.hiding(secret)
        }
        if !isOpen { throw lost() }
        return last
    }

    private func nextResult() throws(PostgresError) -> OpaquePointer? {
        try flush()
        let start = patience.now()
        while PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN), since: start)
            // A lost connection shows as an error result; it ends the loop.
            if PQconsumeInput(handle) == 0 { break }
        }
        return PQgetResult(handle)
    }

    private func flush() throws(PostgresError) {
        let start = patience.now()
        while true {
            let state = PQflush(handle)
            // A failed write is told by the result that follows, often with the server's last words.
            if state <= 0 { return }
            try wait(for: Int16(POLLIN | POLLOUT), since: start)
            // The server may be waiting for us to read before it reads on.
            if PQconsumeInput(handle) == 0 { return }
        }
    }

    private func wait(for events: Int16, since start: Int64) throws(PostgresError) {
        while true {
            let socket = PQsocket(handle)
            guard socket >= 0 else { throw lost() }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            if poll(&descriptor, 1, 100) > 0 { return }
            if patience.isOver(since: start) {
                throw PostgresError(
                    sqlState: "", message: "the server did not answer while the run was being stopped",
                    isConnectionLost: true)
            }
        }
    }

    private func check(_ isDone: Bool) throws(PostgresError) {
        guard !isDone else { return }
        // An error result may say more than the connection does.
        if isOpen, let result = PQgetResult(handle) {
            defer { PQclear(result) }
            throw PostgresError(result, isConnectionLost: !isOpen).hiding(secret)
        }
        throw lost()
    }

    private func lost() -> PostgresError {
        PostgresError(connectionMessage: String(cString: PQerrorMessage(handle))).hiding(secret)
    }
}
