/// One transaction that takes all pending rows to the table: begin, mark, stage, move, commit.
final class CommitTransaction {
    /// A row that the server refused, and its words.
    struct Refused {
        let version: Int32
        let error: PostgresError
    }

    /// How a transaction ended that did not fail.
    enum Outcome {
        case committed
        /// Another run owns the commit marker: nothing was written.
        case outrun
    }

    /// The rows refused so far; they stay behind when the others are committed.
    private(set) var refused: [Refused] = []
    /// Whether COMMIT was sent: from then on a lost connection leaves the outcome unknown.
    private(set) var isCommitSent = false

    /// Whether all rows have turned out to be new; `nil` if that was not tried.
    private(set) var areNew: Bool?

    private let connection: PostgresConnection
    private let statements: WriteStatements
    private let encoder: RowEncoder
    private let marker: CommitMarker
    private let buffer = ByteBuffer(capacity: 1 << 18)

    init(
        _ connection: PostgresConnection, _ statements: WriteStatements, _ encoder: RowEncoder, marker: CommitMarker
    ) {
        self.connection = connection
        self.statements = statements
        self.encoder = encoder
        self.marker = marker
    }

    /// - Parameters:
    ///   - epoch: what the table holds afterwards.
    ///   - expectsNewRows: whether to try first to add the rows, which costs half of staging them and replacing those
    ///     that are there.
    ///   - isBisecting: whether rows that the server refuses are to be found and left out. Without it the first refusal
    ///     fails the whole.
    ///   - keep: takes the refused rows, before COMMIT makes the others forget that they were there.
    func run(
        _ rows: PendingRows, order: [Int32], epoch: Int64, expectsNewRows: Bool, isBisecting: Bool,
        keep: ([Refused]) -> Void
    ) throws(PostgresError) -> Outcome {
        try connection.execute("BEGIN")
        do throws(PostgresError) {
            guard try marker.advance(to: epoch, connection) else {
                try connection.execute("ROLLBACK")
                return .outrun
            }
            if isBisecting {
                // What is checked at the commit would fail all rows; checked at once, it names its own.
                try connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                try place(rows, order)
            } else {
                if statements.isKeyed, expectsNewRows { areNew = try isAdded(rows, order) }
                if areNew != true { try write(rows, order[...]) }
            }
            if !refused.isEmpty { keep(refused) }
            isCommitSent = true
            let end = try connection.execute("COMMIT")
            guard end.tag == "COMMIT" else {
                throw PostgresError(sqlState: "40000", message: "the server answered COMMIT with \(end.tag)")
            }
            return .committed
        } catch {
            if connection.isOpen { _ = try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    private func write(_ rows: PendingRows, _ order: ArraySlice<Int32>) throws(PostgresError) {
        guard !statements.isStaged, let copyIntoTable = statements.copyIntoTable else {
            try copy(rows, order, statements.copyIntoStage)
            try connection.execute(statements.insert)
            return
        }
        try copy(rows, order, copyIntoTable)
    }

    /// Adds rows as new ones, unless one of their keys is there: then nothing is added.
    private func isAdded(_ rows: PendingRows, _ order: [Int32]) throws(PostgresError) -> Bool? {
        guard let copyIntoTable = statements.copyIntoTable else { return nil }
        try connection.execute("SAVEPOINT martlet_new")
        do throws(PostgresError) {
            try copy(rows, order[...], copyIntoTable)
            try connection.execute("RELEASE SAVEPOINT martlet_new")
            return true
        } catch {
            // Whatever else the server may have against it, it says again of the rows that are staged.
            guard connection.isOpen else { throw error }
            try connection.execute("ROLLBACK TO SAVEPOINT martlet_new; RELEASE SAVEPOINT martlet_new")
            return false
        }
    }

    private func copy(
        _ rows: PendingRows, _ order: ArraySlice<Int32>, _ statement: String
    ) throws(PostgresError) {
        try connection.beginCopy(statement)
        buffer.removeAll()
        RowEncoder.appendHeader(to: buffer)
        var next = order.startIndex
        while next < order.endIndex {
            next = rows.encode(order, from: next, with: encoder, into: buffer)
            try connection.sendCopy(buffer.bytes)
            buffer.removeAll()
        }
        RowEncoder.appendTrailer(to: buffer)
        try connection.sendCopy(buffer.bytes)
        try connection.endCopy()
    }

    /// Writes the rows, halving what the server refuses until only the guilty rows are left out.
    ///
    /// A refused row that had replaced an earlier one of its key makes place for that one.
    private func place(_ rows: PendingRows, _ order: [Int32]) throws(PostgresError) {
        var order = order
        var waiting = [order.indices]
        while let range = waiting.popLast() {
            if try isAccepted(rows, order[range]) { continue }
            if range.count > 1 {
                let middle = range.lowerBound + range.count / 2
                // The lower half comes first, to keep the order of the locks.
                waiting.append(middle..<range.upperBound)
                waiting.append(range.lowerBound..<middle)
                continue
            }
            let previous = rows.versions[Int(order[range.lowerBound])].previous
            guard previous >= 0 else { continue }
            order[range.lowerBound] = previous
            waiting.append(range)
        }
    }

    /// Tries rows within the transaction; what the server refuses leaves no trace in it.
    private func isAccepted(_ rows: PendingRows, _ order: ArraySlice<Int32>) throws(PostgresError) -> Bool {
        // A fresh file for each try: a scan of the staging table would read the rows of failed ones too.
        let truncate = statements.isStaged ? "; \(WriteStatements.truncateStage)" : ""
        try connection.execute("SAVEPOINT martlet_try\(truncate)")
        do throws(PostgresError) {
            try write(rows, order)
            try connection.execute("RELEASE SAVEPOINT martlet_try")
            return true
        } catch {
            guard error.kind == .row, connection.isOpen else { throw error }
            try connection.execute("ROLLBACK TO SAVEPOINT martlet_try; RELEASE SAVEPOINT martlet_try")
            if order.count == 1, let version = order.first { refused.append(Refused(version: version, error: error)) }
            return false
        }
    }
}
