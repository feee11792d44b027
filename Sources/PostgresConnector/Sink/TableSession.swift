import Columnar
import Dataflow
import Primitives

/// Why a session could not do its work.
enum SessionFailure: Error {
    case server(PostgresError)
    /// Nothing but a person can mend it, and it is worded already.
    case fault(Fault)
}

/// A connection with everything that a commit needs: a table that fits, the staging table, the commit marker.
struct TableSession {
    private let settings: PostgresSettings
    private let context: SinkContext
    private let patience: Patience
    private var connection: PostgresConnection?
    private var statements: WriteStatements
    private var encoder: RowEncoder
    private var marker: CommitMarker
    /// Whether this run has become the owner.
    private var isOwner = false
    private var newRows = NewRowsGuess()
    /// A COMMIT whose answer was lost: the epoch it was to make, and the rows it left behind.
    private var unknownOutcome: Arrival?
    /// Host, port, database and user.
    private(set) var place: String

    init(_ settings: PostgresSettings, _ context: SinkContext, _ patience: Patience) {
        self.settings = settings
        self.context = context
        self.patience = patience
        let plan = settings.plan
        statements = WriteStatements(plan)
        encoder = RowEncoder(plan)
        marker = CommitMarker(beside: plan.name, pipeline: context.pipeline, sink: context.name)
        place = settings.address.description
    }

    /// A transaction that is in the table.
    struct Arrival {
        /// Rows of this epoch and of those before have been taken.
        var epoch: Int64
        var refused: [CommitTransaction.Refused]
    }

    var isCreating: Bool { settings.isCreating }
    /// The epoch that the table holds.
    var epoch: Int64 { marker.epoch }

    mutating func close() {
        connection = nil
    }

    /// Connects unless connected, and looks at the table as if for the first time.
    mutating func open() throws(SessionFailure) {
        guard connection == nil else { return }
        let settings = settings
        let connection = try asking { () throws(PostgresError) in
            try PostgresConnection(
                settings.address, application: "martlet \(context.pipeline)",
                timeoutSeconds: settings.connectTimeoutSeconds, patience: patience)
        }
        place = connection.description
        let plan = try fittedPlan(connection)
        let statements = WriteStatements(plan)
        try asking { () throws(PostgresError) in
            try connection.execute(statements.createStage)
            // Planning the move checks privileges and the index before the first row comes.
            try connection.execute("EXPLAIN \(statements.insert)")
        }
        if !isOwner {
            marker = try claimed(marker, connection)
            isOwner = true
        }
        self.statements = statements
        encoder = RowEncoder(plan)
        self.connection = connection
    }

    /// Takes all pending rows to the table in one transaction.
    ///
    /// - Parameter keep: takes the rows that the server refuses, before the others are committed.
    /// - Returns: what is in the table now: these rows, or those of an earlier epoch whose COMMIT has turned out to
    ///   have arrived.
    mutating func commit(
        _ rows: PendingRows, order: [Int32], epoch: Int64, isBisecting: Bool,
        keep: ([CommitTransaction.Refused]) -> Void
    ) throws(SessionFailure) -> Arrival {
        try open()
        guard let connection else { preconditionFailure("an opened session has a connection") }
        if let arrived = try settleUnknownOutcome(connection) { return arrived }
        let transaction = CommitTransaction(connection, statements, encoder, marker: marker)
        do throws(PostgresError) {
            let outcome = try transaction.run(
                rows, order: order, epoch: epoch, expectsNewRows: newRows.isExpected, isBisecting: isBisecting,
                keep: keep)
            if case .committed = outcome {
                newRows.note(transaction.areNew)
                marker.confirm(epoch)
                return Arrival(epoch: epoch, refused: transaction.refused)
            }
        } catch {
            if transaction.isCommitSent, error.isConnectionLost {
                unknownOutcome = Arrival(epoch: epoch, refused: transaction.refused)
            }
            throw .server(error)
        }
        throw .fault(outrun)
    }

    /// Says that the table holds an epoch, without any rows.
    mutating func mark(epoch: Int64) throws(SessionFailure) {
        try open()
        guard let connection else { preconditionFailure("an opened session has a connection") }
        let marker = marker
        if marker.epoch == epoch { return }
        let isMine = try asking { () throws(PostgresError) in
            // So it is if the answer to the same request was lost before.
            if try marker.holds(epoch, connection) == true { return true }
            return try marker.advance(to: epoch, connection)
        }
        guard isMine else { throw .fault(outrun) }
        self.marker.confirm(epoch)
    }

    /// After a COMMIT whose answer was lost: asks the marker whether it arrived.
    ///
    private mutating func settleUnknownOutcome(_ connection: PostgresConnection) throws(SessionFailure) -> Arrival? {
        guard let unknown = unknownOutcome else { return nil }
        let marker = marker
        let isThere = try asking { () throws(PostgresError) in try marker.holds(unknown.epoch, connection) }
        guard let isThere else { throw .fault(outrun) }
        unknownOutcome = nil
        guard isThere else { return nil }
        self.marker.confirm(unknown.epoch)
        return unknown
    }

    private func fittedPlan(_ connection: PostgresConnection) throws(SessionFailure) -> TablePlan {
        let plan = settings.plan
        guard connection.serverVersion >= 120_000 else {
            throw .fault(
                Fault(
                    "postgres.version", "the server is too old", detail: "its version is \(connection.serverVersion)",
                    hint: "use Postgres 12 or later", domain: .external))
        }
        var found = try asking { () throws(PostgresError) in try FoundTable.find(plan.name, on: connection) }
        // A table that goes missing under a run took committed rows along: an empty one in its place would hide that.
        if found == nil, settings.isCreating, !isOwner {
            guard !plan.isKeyNullable || connection.serverVersion >= 150_000 else { throw .fault(needsNullKeys) }
            try create(plan.createStatement, connection)
            found = try asking { () throws(PostgresError) in try FoundTable.find(plan.name, on: connection) }
        }
        guard let found else {
            throw .fault(
                Fault(
                    "postgres.table_missing", "there is no table \(plan.name.text)", detail: place,
                    hint: plan.createStatement, domain: .external))
        }
        do throws(Fault) {
            return try plan.fitted(to: found)
        } catch {
            throw .fault(error)
        }
    }

    /// Makes a table; another sink that makes it at the same moment is no error.
    func create(_ statement: String, _ connection: PostgresConnection) throws(SessionFailure) {
        do throws(PostgresError) {
            try connection.execute(statement)
        } catch {
            // Two CREATE TABLE IF NOT EXISTS that meet collide on the catalog's own unique index.
            guard ["23505", "42P07"].contains(error.sqlState) else { throw .server(error) }
        }
    }

    private func asking<Answer>(_ body: () throws(PostgresError) -> Answer) throws(SessionFailure) -> Answer {
        do throws(PostgresError) {
            return try body()
        } catch {
            throw .server(error)
        }
    }

    private var outrun: Fault {
        Fault(
            "postgres.outrun", "another run commits for this sink",
            detail: "pipeline \(context.pipeline), sink "
                + "\(context.name), table \(settings.plan.name.text); \(place)",
            hint: "run one process a sink, or give the pipelines different names", domain: .external)
    }

    private var needsNullKeys: Fault {
        Fault(
            "postgres.null_keys", "a key column may be null, which needs Postgres 15", detail: place,
            hint: "make the key columns without null, for example with has(column) in a filter before the sink",
            domain: .external)
    }
}
