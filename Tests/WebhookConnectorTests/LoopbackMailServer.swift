import Glibc
import Primitives
import Synchronization

/// An SMTP server on the loopback interface (RFC 5321, as far as a client that sends needs it).
final class LoopbackMailServer: Sendable {
    struct Mail: Sendable {
        var from = ""
        var to: [String] = []
        var text = ""
    }

    let port: Int
    private let listener: Int32
    private let log: Log

    private final class Log: Sendable {
        let mails = Mutex<[Mail]>([])
        let answers: Mutex<[String]>
        init(_ answers: [String]) { self.answers = Mutex(answers) }
    }

    /// - Parameter answers: to the texts of messages, in order; `250 OK` after them.
    init(_ answers: [String] = []) throws(Fault) {
        let listener: Int32
        (listener, port) = try LoopbackReceiver.listen()
        self.listener = listener
        log = Log(answers)
        _ = NamedThread("mail-server") { [log] in
            defer { Glibc.close(listener) }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Self.serve(connection, log)
                Glibc.close(connection)
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var mails: [Mail] { log.mails.withLock { $0 } }

    private static func serve(_ connection: Int32, _ log: Log) {
        var input = ""
        func line() -> String? {
            var part = [UInt8](repeating: 0, count: 4_096)
            while true {
                if let end = input.unicodeScalars.firstIndex(of: "\n") {
                    let line = String(input.unicodeScalars[..<end])
                    input = String(input.unicodeScalars[input.unicodeScalars.index(after: end)...])
                    return line.hasSuffix("\r") ? String(line.dropLast()) : line
                }
                let count = recv(connection, &part, part.count, 0)
                guard count > 0 else { return nil }
                input += String(decoding: part.prefix(count), as: UTF8.self)
            }
        }
        func say(_ text: String) {
            let bytes = Array((text + "\r\n").utf8)
            _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        say("220 loopback ESMTP")
        var mail = Mail()
        while let command = line() {
            switch command.prefix(4).uppercased() {
            case "EHLO": say("250 loopback")
            case "MAIL": (mail, _) = (Mail(from: String(command.dropFirst(10))), say("250 OK"))
            case "RCPT": (_, _) = (mail.to.append(String(command.dropFirst(8))), say("250 OK"))
            case "DATA":
                say("354 go on")
                while let text = line(), text != "." { mail.text += text + "\n" }
                let answer = log.answers.withLock { $0.isEmpty ? "250 OK" : $0.removeFirst() }
                if answer.hasPrefix("2") { log.mails.withLock { $0.append(mail) } }
                say(answer)
            case "QUIT":
                say("221 bye")
                return
            default: say("502 what")
            }
        }
    }
}
