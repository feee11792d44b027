/// A row that counts a sink's commits, for appended rows: whether a COMMIT arrived whose answer was lost cannot be told
/// from the rows themselves, but can from the number that the same transaction wrote.
///
/// One guarded UPDATE must hit exactly one row. It comes first in the transaction, so it also waits for an earlier
/// transaction of ours that the server may still be committing.
struct CommitMarker: Sendable {
    /// Where the marks are kept: beside the sink's table.
    let table: String
    let pipeline: String
    let sink: String
    /// The commits made so far, as this side knows.
    private(set) var sequence: Int64 = 0

    init(beside name: TableName, pipeline: String, sink: String) {
        table = name.sibling("martlet_commit")
        self.pipeline = pipeline
        self.sink = sink
    }

    var createStatement: String {
        """
        CREATE TABLE IF NOT EXISTS \(table) (pipeline text, sink text, sequence bigint NOT NULL, \
        PRIMARY KEY (pipeline, sink))
        """
    }

    /// Reads the number, waiting for a transaction that is changing it.
    func read(_ connection: PostgresConnection) throws(PostgresError) -> Int64 {
        let found = try connection.execute(
            """
            INSERT INTO \(table) AS mark (pipeline, sink, sequence) VALUES ($1, $2, 0)
            ON CONFLICT (pipeline, sink) DO UPDATE SET sequence = mark.sequence RETURNING sequence
            """, [pipeline, sink])
        return found.value.flatMap { Int64($0) } ?? 0
    }

    /// Takes the number found as the start.
    mutating func adopt(_ sequence: Int64) { self.sequence = sequence }

    /// Counts a commit within its transaction; `false` if the number is not the one expected.
    func advance(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let updated = try connection.execute(
            "UPDATE \(table) SET sequence = sequence + 1 WHERE pipeline = $1 AND sink = $2 AND sequence = $3::bigint",
            [pipeline, sink, String(sequence)])
        return updated.affected == 1
    }

    mutating func confirm() { sequence += 1 }
}
