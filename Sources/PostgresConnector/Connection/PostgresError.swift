/// What the server, or the way to it, answered instead of a result.
package struct PostgresError: Error, Sendable, Hashable {
    /// What may follow from an error.
    package enum Kind: Sendable {
        /// The connection is gone; a new one may do.
        case connection
        /// The same transaction can succeed later.
        case transient
        /// A row is refused for what it holds.
        case row
        /// Nothing but a person can mend it.
        case permanent
    }

    /// Five characters; empty where the connection broke without one.
    package var sqlState: String
    package var message: String
    package var detail: String?
    package var hint: String?
    /// Whether the connection can no longer be used.
    package var isConnectionLost: Bool

    package init(
        sqlState: String, message: String, detail: String? = nil, hint: String? = nil, isConnectionLost: Bool = false
    ) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.isConnectionLost = isConnectionLost
    }

    /// Sorts the error by its SQLSTATE (PostgreSQL manual, appendix A).
    package var kind: Kind {
        let stateClass = sqlState.prefix(2)
        switch sqlState {
        case "57P01", "57P02", "57P03", "57P05", "25P03", "25006":
            // Shut down, crashed, starting up, idle timeouts, or a standby now: another connection may find a master.
            return .connection
        case "57014", "55P03", "55006": return .transient
        // A row given twice to ON CONFLICT, and what a trigger of the table's owner raises.
        case "21000", "P0001", "44000": return .row
        default: break
        }
        switch stateClass {
        case "08", "": return .connection
        case "40", "53", "58": return .transient
        // 54: a value is too large, above all for an index.
        case "22", "23", "54": return .row
        // A server that is gone after a sentence of its own (for example 57P04) says so again when asked next.
        default: return isConnectionLost && stateClass != "28" ? .connection : .permanent
        }
    }

    /// The message, its detail and SQLSTATE in one line.
    package var text: String {
        var text = message
        if let detail { text += ": \(detail)" }
        if !sqlState.isEmpty { text += " (SQLSTATE \(sqlState))" }
        return text
    }

    /// The same without a secret, should a server or a resolver ever repeat it.
    func hiding(_ secret: String?) -> PostgresError {
        guard let secret, !secret.isEmpty else { return self }
        var hidden = self
        hidden.message = hidden.message.hiding(secret)
        hidden.detail = detail?.hiding(secret)
        hidden.hint = hint?.hiding(secret)
        return hidden
    }
}

extension String {
    /// The text with every occurrence of a secret replaced by three stars.
    func hiding(_ secret: String) -> String {
        let text = Array(utf8)
        let secret = Array(secret.utf8)
        guard !secret.isEmpty, text.count >= secret.count else { return self }
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if index + secret.count <= text.count, text[index..<index + secret.count].elementsEqual(secret) {
                result.append(contentsOf: "***".utf8)
                index += secret.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
