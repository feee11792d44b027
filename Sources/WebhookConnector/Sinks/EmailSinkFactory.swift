package import Columnar
package import Dataflow
package import Primitives

/// The sink `email`: writes each row to people.
package struct EmailSinkFactory: SinkFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "email",
        summary: "Sends each row as an e-mail, by SMTP.",
        doc:
            "Delivery is that of `webhook`: once rows are committed, at least once, in order for each `incident`, tried "
            + "again after the server's 4xx answers, parked after its 5xx. Where the server does not let `user` in, has "
            + "no TLS or a certificate that nobody vouches for, nothing is sent and the row waits, as if the server "
            + "were away. The `Message-ID` is the row's id; messages "
            + "of one incident are one thread. Addresses that are not on the public internet are refused unless "
            + "`allow_private`.",
        kind: .object(DeliverySettings.emailFields),
        example: """
            mails:
              from: crises
              email:
                server: smtp://mail.example:587
                user: martlet
                password: "${SMTP_PASSWORD}"
                from: alerts@brand.example
                to: [team@brand.example]
            """)

    package func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        _ = DeliverySettings.readEmail(settings, schema: schema, faults)
    }

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let faults = FaultCollector()
        guard let read = DeliverySettings.readEmail(settings, schema: context.schema, faults) else {
            throw faults.faults.first?.fault ?? Fault("email.server", "the settings are wrong")
        }
        let encryption =
            settings["encryption"]?.string.flatMap(DeliverySettings.Encryption.init(rawValue:)) ?? .required
        let transport = try SMTPTransport(
            read, encryption: encryption, user: settings["user"]?.string, password: settings["password"]?.string,
            authorities: TrustedAuthorities(settings, baseDirectory: context.baseDirectory))
        return DeliverySink(read, context, transport, journal: DeliveryJournal(context))
    }
}
