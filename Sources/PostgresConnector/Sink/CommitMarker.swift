import Primitives

/// A row that says who writes for a sink and which epoch its table holds. Every commit begins with one UPDATE of it
/// that must hit exactly one row.
///
/// A run that opens the sink becomes the owner, so the UPDATE of a run that was taken for dead hits nothing. Whether a
/// COMMIT arrived whose answer was lost cannot be told from the rows, but can from the epoch that the same transaction
/// wrote. Since the UPDATE comes first, it waits for an earlier transaction that the server may still be committing.
package struct CommitMarker: Sendable {
    /// Where the marks are kept: beside the sink's table.
    let table: String
    let pipeline: String
    let sink: String
    /// The number of this run among the owners.
    private(set) var owner: Int64 = 0
    /// The epoch that the table holds, as this side knows.
    private(set) var epoch: Int64 = 0

    package init(beside name: TableName, pipeline: String, sink: String) {
        table = name.sibling("martlet_commit")
        self.pipeline = pipeline
        self.sink = sink
    }

    var createStatement: String {
        """
        CREATE TABLE IF NOT EXISTS \(table) (pipeline text, sink text, owner bigint NOT NULL DEFAULT 0, \
        epoch bigint NOT NULL DEFAULT 0, PRIMARY KEY (pipeline, sink))
        """
    }

    /// What is there of the table.
    enum Layout {
        case missing
        case current
        /// Versions before checkpoints counted commits in a column `sequence`.
        case counting
    }

    func layout(_ connection: PostgresConnection) throws(PostgresError) -> Layout {
        let found = try connection.execute(
            """
            SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
            """, [table])
        let columns = found.rows.compactMap { $0.first ?? nil }
        if columns.isEmpty { return .missing }
        return columns.contains("owner") && columns.contains("epoch") ? .current : .counting
    }

    /// Brings a table of an earlier version up to date. Its numbers said nothing of epochs, so they begin at 0.
    var migrateStatement: String {
        """
        ALTER TABLE \(table) ADD COLUMN IF NOT EXISTS owner bigint NOT NULL DEFAULT 0, \
        ADD COLUMN IF NOT EXISTS epoch bigint NOT NULL DEFAULT 0, ALTER COLUMN sequence SET DEFAULT 0
        """
    }

    /// Becomes the owner and learns which epoch the table holds. Waits for a transaction of the owner before.
    package mutating func claim(_ connection: PostgresConnection) throws(PostgresError) {
        while try !succeed(try lastOwner(connection), connection) {}
    }

    /// The number of the owner so far; of the marker that this makes if there is none: 0.
    package func lastOwner(_ connection: PostgresConnection) throws(PostgresError) -> Int64 {
        try connection.execute(
            "INSERT INTO \(table) (pipeline, sink) VALUES ($1, $2) ON CONFLICT (pipeline, sink) DO NOTHING",
            [pipeline, sink])
        let found = try connection.execute(
            "SELECT owner, epoch FROM \(table) WHERE pipeline = $1 AND sink = $2", [pipeline, sink])
        return try Self.read(found).owner
    }

    /// Becomes the owner after one that was seen; `false` if another run was faster.
    ///
    /// A run that was killed may have left its request with the server, where it waits for a lock. Since it names
    /// whom it follows, it finds nothing once a later run has become the owner, and cannot take the sink from it.
    package mutating func succeed(_ last: Int64, _ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let found = try connection.execute(
            """
            UPDATE \(table) SET owner = owner + 1
            WHERE pipeline = $1 AND sink = $2 AND owner = $3::bigint RETURNING owner, epoch
            """, [pipeline, sink, String(last)])
        if found.rows.isEmpty { return false }
        (owner, epoch) = try Self.read(found)
        return true
    }

    /// Ends transactions of earlier owners: of a run that stands still, they would keep the row locked for ever. A
    /// sink of this run that is hit begins its transaction again.
    func endOthers(_ connection: PostgresConnection) throws(PostgresError) {
        try connection.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = current_setting('application_name') AND usename = current_user
              AND datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 s'
            """)
    }

    /// Whether the table holds an epoch of this run's, waiting for a transaction that is changing it; `nil`: another
    /// run has become the owner.
    func holds(_ epoch: Int64, _ connection: PostgresConnection) throws(PostgresError) -> Bool? {
        let found = try connection.execute(
            "SELECT owner, epoch FROM \(table) WHERE pipeline = $1 AND sink = $2 FOR UPDATE", [pipeline, sink])
        let (owner, current) = try Self.read(found)
        return owner == self.owner ? current == epoch : nil
    }

    /// Moves on to an epoch, within its transaction; `false` if another run is the owner.
    func advance(to epoch: Int64, _ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let updated = try connection.execute(
            """
            UPDATE \(table) SET epoch = $5::bigint
            WHERE pipeline = $1 AND sink = $2 AND owner = $3::bigint AND epoch = $4::bigint
            """, [pipeline, sink, String(owner), String(self.epoch), String(epoch)])
        return updated.affected == 1
    }

    /// The table holds an epoch now.
    mutating func confirm(_ epoch: Int64) { self.epoch = epoch }

    private static func read(_ found: QueryResult) throws(PostgresError) -> (owner: Int64, epoch: Int64) {
        guard let row = found.rows.first, row.count == 2, let owner = row[0].flatMap({ Int64($0) }),
            let epoch = row[1].flatMap({ Int64($0) })
        else { throw PostgresError(sqlState: "02000", message: "the commit marker is gone") }
        return (owner, epoch)
    }
}
