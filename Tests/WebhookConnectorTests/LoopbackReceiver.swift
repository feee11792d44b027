import Glibc
import Primitives
import Synchronization

/// A receiver on the loopback interface that answers by a script, one connection after another.
final class LoopbackReceiver: Sendable {
    /// What it does with a request.
    enum Answer: Sendable {
        /// These bytes, and the connection ends.
        case bytes(String)
        /// A head, and then a body that does not end until the client hangs up.
        case endless
        /// Nothing, for as long as the client waits.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let log = Log()

    private final class Log: Sendable {
        let requests = Mutex<[String]>([])
    }

    init(_ answers: [Answer]) throws(Fault) {
        let listener: Int32
        (listener, port) = try Self.listen()
        self.listener = listener
        _ = NamedThread("receiver") { [log] in
            // The thread owns the socket: closed under it, its number would become another test's.
            defer { Glibc.close(listener) }
            for answer in answers {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                log.requests.withLock { $0.append(Self.read(connection)) }
                Self.reply(answer, connection)
                Glibc.close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Listens at a free port.
    static func listen() throws(Fault) -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw Fault("test.listen", "no port") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    var requests: [String] { log.requests.withLock { $0 } }

    /// A request's head and body.
    private static func read(_ connection: Int32) -> String {
        var text = ""
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = text.firstRange(of: "\r\n\r\n") {
                let field = text.lowercased().firstRange(of: "content-length: ")
                let length = field.flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            let count = recv(connection, &part, part.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: part.prefix(count), as: UTF8.self)
        }
    }

    private static func reply(_ answer: Answer, _ connection: Int32) {
        func send(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }
        switch answer {
        case .bytes(let text): _ = send(text)
        case .endless:
            guard send("HTTP/1.1 200 OK\r\n\r\n") else { return }
            while send(String(repeating: "x", count: 65_536)) {}
        case .silence:
            var byte: UInt8 = 0
            _ = recv(connection, &byte, 1, 0)
        }
    }
}
