import Primitives

extension TableSession {
    /// Makes this run the one that writes for the sink.
    ///
    /// An earlier run that stands still in the middle of a transaction has the marker's row locked; it is given two
    /// seconds to get on.
    func claimed(
        _ marker: CommitMarker, _ connection: PostgresConnection
    ) throws(SessionFailure) -> CommitMarker {
        var marker = marker
        try prepareTable(of: marker, connection)
        do throws(PostgresError) {
            try connection.execute("SET lock_timeout TO '2s'")
            do throws(PostgresError) {
                try marker.claim(connection)
            } catch {
                guard error.sqlState == "55P03" else { throw error }
                try marker.endOthers(connection)
                try marker.claim(connection)
            }
            try connection.execute("RESET lock_timeout")
        } catch {
            throw .server(error)
        }
        return marker
    }

    private func prepareTable(of marker: CommitMarker, _ connection: PostgresConnection) throws(SessionFailure) {
        let layout: CommitMarker.Layout
        do throws(PostgresError) { layout = try marker.layout(connection) } catch { throw .server(error) }
        switch layout {
        case .current: return
        case .missing:
            guard isCreating else { throw .fault(markerFault(marker, "is missing", marker.createStatement)) }
            try create(marker.createStatement, connection)
        case .counting:
            guard isCreating else {
                throw .fault(markerFault(marker, "is of an earlier version", marker.migrateStatement))
            }
            try create(marker.migrateStatement, connection)
        }
    }

    private func markerFault(_ marker: CommitMarker, _ state: String, _ remedy: String) -> Fault {
        Fault(
            "postgres.marker", "the table \(marker.table), which counts commits, \(state)", detail: place,
            hint: remedy, domain: .external)
    }
}
