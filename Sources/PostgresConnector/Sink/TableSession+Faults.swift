import Primitives

extension TableSession {
    /// A failure in words for the person who can mend it.
    func fault(_ failure: SessionFailure) -> Fault {
        switch failure {
        case .fault(let fault): fault
        case .server(let error): fault(error)
        }
    }

    /// A permanent error of the server. If the table no longer fits, that is the reason, and it is told in full.
    mutating func explained(_ error: PostgresError) -> Fault {
        close()
        do throws(SessionFailure) {
            try open()
        } catch {
            if case .fault(let fault) = error { return fault }
        }
        return fault(error)
    }

    private func fault(_ error: PostgresError) -> Fault {
        let detail = "\(error.text); \(place)"
        func make(_ code: String, _ message: String, hint: String?) -> Fault {
            Fault(code, message, detail: detail, hint: hint ?? error.hint, domain: .external)
        }
        switch error.sqlState {
        case "42501":
            return make(
                "postgres.permission", "the database does not let this user write the table",
                hint: "GRANT SELECT, INSERT, UPDATE ON the table, and TEMPORARY on the database, to the user; "
                    + "creating tables takes CREATE on the schema")
        case "3D000":
            return make("postgres.database_missing", "there is no such database", hint: "create it, or mend the url")
        case "3F000":
            return make("postgres.schema_missing", "there is no such schema", hint: "CREATE SCHEMA, or mend the table")
        case let state where state.hasPrefix("28"):
            return make(
                "postgres.authentication", "the database does not let this user in",
                hint: "check user and password of the url, and the server's pg_hba.conf")
        default: break
        }
        switch error.kind {
        case .connection, .transient:
            var fault = make(
                "postgres.unreachable", "the database cannot be reached",
                hint: "check that it runs and that host and port of the url are right")
            fault.retry = .backoff
            return fault
        case .row, .permanent:
            return make("postgres.statement", "the database refuses what this sink needs", hint: nil)
        }
    }
}
