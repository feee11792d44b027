import Columnar
import Dataflow
import Primitives

/// Reads the settings of an `email`.
extension DeliverySettings {
    /// How the connection is secured.
    enum Encryption: String, CaseIterable {
        case required, offered = "if_offered", none
    }

    static let emailFields = [
        FieldSpec(
            "server", .string, required: true,
            doc: "The SMTP server: `smtp://host:587`, or `smtps://host:465` with TLS "
                + "from the beginning.", example: "smtp://mail.example:587"),
        FieldSpec("from", .string, required: true, doc: "The sender's address.", example: "alerts@brand.example"),
        FieldSpec("to", .list(.string), required: true, doc: "The receivers' addresses."),
        FieldSpec("user", .string, doc: "Who signs in; nobody if absent."),
        FieldSpec("password", .string, doc: "The user's password.", secret: true),
        FieldSpec(
            "encryption", .choice(Encryption.allCases.map(\.rawValue)), default: "required",
            doc: "Whether STARTTLS is insisted on: a server without it is then sent neither password nor message. With "
                + "`if_offered` and `none` both may travel in the clear."),
        TrustedAuthorities.field,
        FieldSpec("links", .map(.string), doc: "URLs by their names, with columns in braces."),
        FieldSpec(
            "text", .column, doc: "The column with the message; an alert's `message` if absent, else all columns."),
        FieldSpec("rate", .number(0.001...10_000), default: "1", doc: "Messages a second, at most."),
        FieldSpec(
            "digest", .integer(0...1_000), default: "5",
            doc: "From so many waiting messages on they go as one; 0 for never."),
        FieldSpec("timeout", .duration, default: "30s", doc: "For how long one attempt waits for its answer."),
        FieldSpec(
            "give_up_after", .duration, default: "24h",
            doc: "For how long a message is tried again before it is parked."),
        FieldSpec(
            "allow_private", .bool, default: "false",
            doc: "Whether the server may be within a private network or on this machine."),
    ]

    static func readEmail(_ settings: Settings, schema: Schema, _ faults: FaultCollector) -> DeliverySettings? {
        let allowsPrivate = settings["allow_private"]?.bool ?? false
        let server = settings["server"]
        let parts = WebhookURL(server?.string ?? "", schemes: ["smtp", "smtps"])
        if parts == nil {
            faults.report(
                Fault("email.server", "this is no SMTP server", hint: "write smtp://host:587"),
                at: server?.path ?? settings.path)
        } else if let parts, !allowsPrivate, AddressGuard.isPublic(literal: parts.host) == false {
            faults.report(
                Fault(
                    "webhook.private", "the server's address is not on the public internet",
                    hint: "if that is meant, write `allow_private: true`"),
                at: server?.path ?? settings.path)
        }
        let addresses = [settings["from"]].compactMap { $0 } + (settings["to"]?.list ?? [])
        for address in addresses where !isAddress(address.string ?? "") {
            faults.report(
                Fault("email.address", "`\(address.string ?? "")` is no address", hint: "write name@host"),
                at: address.path)
        }
        if let to = settings["to"], to.list?.isEmpty ?? true {
            faults.report(Fault("email.address", "there is nobody to write to"), at: to.path)
        }
        if (settings["user"] == nil) != (settings["password"] == nil) {
            faults.report(
                Fault("email.sign_in", "`user` and `password` belong together", hint: "write both, or neither"),
                at: (settings["user"] ?? settings["password"])?.path ?? settings.path)
        }
        if let text = settings["text"], let name = text.string, schema.resolve(name)?.field.type != .string {
            faults.report(Fault("schema.column_missing", "there is no string column `\(name)`"), at: text.path)
        }
        let links = readLinks(settings["links"], schema, faults)
        guard let parts, faults.isEmpty else { return nil }
        let digest = Int(settings["digest"]?.integer ?? 5)
        return DeliverySettings(
            url: parts.text, place: parts.place, host: parts.host, format: .email, secrets: [], headers: [],
            timeout: Int(clamping: max(1, (settings["timeout"]?.duration ?? .seconds(30)).microseconds / 1_000)),
            interval: Int64(1e9 / (settings["rate"]?.number ?? 1)), digest: digest == 1 ? 2 : digest,
            giveUpAfter: (settings["give_up_after"]?.duration ?? .seconds(86_400)).microseconds * 1_000,
            allowsPrivate: allowsPrivate, textColumn: settings["text"]?.string, links: links,
            mail: MailAddresses(
                from: settings["from"]?.string ?? "", to: (settings["to"]?.list ?? []).compactMap(\.string)))
    }

    /// Nothing that could be another header or another command; whether it exists the server knows.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }
}
