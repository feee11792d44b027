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
    private var marker: CommitMarker?
    /// Whether the marker's number has been read in this run.
    private var isMarked = false
    /// The rows that a COMMIT left behind whose answer was lost; `nil` where no outcome is open.
    private var unknownOutcome: [CommitTransaction.Refused]?
    /// Host, port, database and user.
    private(set) var place: String

    init(_ settings: PostgresSettings, _ context: SinkContext, _ patience: Patience) {
        self.settings = settings
        self.context = context
        self.patience = patience
        let plan = settings.plan
        statements = WriteStatements(plan)
        encoder = RowEncoder(plan)
        marker =
            plan.key.isEmpty ? CommitMarker(beside: plan.name, pipeline: context.pipeline, sink: context.name) : nil
        place = settings.address.description
    }

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
        try findMarker(connection)
        self.statements = statements
        encoder = RowEncoder(plan)
        self.connection = connection
    }

    /// Takes all pending rows to the table in one transaction.
    ///
    /// - Returns: the rows that the server refused; all others are durable.
    mutating func commit(
        _ rows: PendingRows, order: [Int32], isBisecting: Bool
    ) throws(SessionFailure) -> [CommitTransaction.Refused] {
        try open()
        guard let connection else { return [] }
        if let arrived = try settleUnknownOutcome(connection) { return arrived }
        let transaction = CommitTransaction(connection, statements, encoder, marker: marker)
        do throws(PostgresError) {
            let outcome = try transaction.run(rows, order: order, isBisecting: isBisecting)
            if case .committed = outcome {
                marker?.confirm()
                return transaction.refused
            }
        } catch {
            if transaction.isCommitSent, error.isConnectionLost { unknownOutcome = transaction.refused }
            throw .server(error)
        }
        throw .fault(outrun)
    }

    /// After a COMMIT whose answer was lost: asks the marker whether it arrived.
    ///
    /// - Returns: the rows that it left behind, if it did. Without a marker the rows are absolute values, and writing
    ///   them again changes nothing.
    private mutating func settleUnknownOutcome(
        _ connection: PostgresConnection
    ) throws(SessionFailure) -> [CommitTransaction.Refused]? {
        guard let refused = unknownOutcome, let marker else { return nil }
        let found = try asking { () throws(PostgresError) in try marker.read(connection) }
        unknownOutcome = nil
        guard found == marker.sequence + 1 else { return nil }
        self.marker?.confirm()
        return refused
    }

    private mutating func findMarker(_ connection: PostgresConnection) throws(SessionFailure) {
        guard let marker, !isMarked else { return }
        if settings.isCreating { try create(marker.createStatement, connection) }
        let found = try asking { () throws(PostgresError) in try marker.read(connection) }
        self.marker?.adopt(found)
        isMarked = true
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
        if found == nil, settings.isCreating {
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
    private func create(_ statement: String, _ connection: PostgresConnection) throws(SessionFailure) {
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
