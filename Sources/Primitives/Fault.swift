/// What went wrong, for whom, and what to do about it: the base of every error that Martlet reports.
///
/// `message` is the primary line: lowercase, no full stop. `detail` gives the facts, `hint` the remedy.
@usableFromInline
package struct Fault: Error, Sendable, Hashable {
    /// Who can mend it.
    package enum Domain: String, Sendable {
        /// The pipeline file, the command line or the data.
        case user
        /// Another system: a broker, a database, a receiver, the file system.
        case external
        /// Martlet itself: a defect.
        case `internal`
    }

    /// Whether the same attempt can succeed later.
    package enum Retry: String, Sendable {
        case never
        case backoff
    }

    /// Stable and searchable, for example `kafka.topic_missing`.
    package var code: String
    package var domain: Domain
    package var retry: Retry
    package var message: String
    package var detail: String?
    package var hint: String?

    package init(
        _ code: String, _ message: String, detail: String? = nil, hint: String? = nil, domain: Domain = .user,
        retry: Retry = .never
    ) {
        self.code = code
        self.domain = domain
        self.retry = retry
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}

extension Fault: CustomStringConvertible {
    @usableFromInline
    package var description: String {
        var text = "\(message) [\(code)]"
        if let detail { text += ": \(detail)" }
        if let hint { text += " (hint: \(hint))" }
        return text
    }
}
