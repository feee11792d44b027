import CPQ
package import Primitives

/// Where a database is and who asks for it, read from a `postgres://` URL or from libpq's `keyword=value` pairs.
///
/// It holds the password, so it is never printed: `description` names host, port, database and user only.
package struct ConnectionAddress: Sendable {
    /// As libpq takes it.
    let text: String
    private let options: [String: String]

    /// Checks the text offline.
    ///
    /// libpq's own complaint is not shown, since it may quote a piece of a password that was not percent-encoded.
    package init(_ text: String) throws(Fault) {
        self.text = text
        guard text.contains("=") || text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"),
            let options = Self.parse(text)
        else { throw Self.malformed("it is neither a postgres:// URL nor a list of keyword=value pairs") }
        let places = ["host", "hostaddr", "dbname"].compactMap { options[$0] }
        let ports = (options["port"] ?? "").split(separator: ",", omittingEmptySubsequences: true)
        // What is left of a password that holds an @ or a / ends up in these.
        guard !places.contains(where: { $0.contains("@") }), ports.allSatisfy({ UInt16($0) != nil }) else {
            throw Self.malformed("its host, port or database is not one")
        }
        self.options = options
    }

    /// Never to be shown.
    var password: String? { options["password"] }

    subscript(option: String) -> String? { options[option] }

    /// Host, port, database and user as far as the text says them.
    package var description: String {
        let host = options["host"] ?? options["hostaddr"] ?? "the default host"
        let port = options["port"] ?? "5432"
        let user = options["user"]
        let database = options["dbname"] ?? user
        return "host \(host), port \(port)" + (database.map { ", database \($0)" } ?? "")
            + (user.map { ", user \($0)" } ?? "")
    }

    private static func malformed(_ detail: String) -> Fault {
        Fault(
            "postgres.url", "the address of the database cannot be read", detail: detail,
            hint: "write postgres://user:password@host:5432/database, with @ : / % of a password as %40 %3A %2F %25")
    }

    private static func parse(_ text: String) -> [String: String]? {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let list = PQconninfoParse(text, &complaint) else {
            PQfreemem(complaint)
            return nil
        }
        defer { PQconninfoFree(list) }
        var options: [String: String] = [:]
        var option = list
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}
