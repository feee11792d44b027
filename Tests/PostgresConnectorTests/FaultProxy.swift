import Foundation
import Synchronization

/// Stands between a client and a server on loopback, and breaks the connection at a moment of its choice.
final class FaultProxy: Sendable {
    /// What becomes of the next request that holds a word.
    enum Fault: Sendable {
        /// It reaches the server, whose reply is lost with the connection.
        case swallowReply
        /// It is lost with the connection.
        case swallowRequest
    }

    private struct Trap {
        var word: [UInt8]
        var fault: Fault
        var isLast: Bool
    }

    let port: Int
    private let target: Int
    private let listener: Int32
    private let trap = Mutex<Trap?>(nil)
    /// Whether it has let through its last connection.
    private let isDone = Mutex(false)

    init(to target: Int) {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        precondition(isListening, "loopback has a free port")
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let self else { return }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Waits for one request with a word in it, and breaks there.
    /// - Parameter isLast: whether the server is out of reach from then on.
    func arm(_ word: String, _ fault: Fault, isLast: Bool = false) {
        trap.withLock { $0 = Trap(word: Array(word.utf8), fault: fault, isLast: isLast) }
    }

    /// Lets connections through again, and nothing breaks any more.
    func mend() {
        trap.withLock { $0 = nil }
        isDone.withLock { $0 = false }
    }

    /// Whether the fault has happened.
    var isSprung: Bool { trap.withLock { $0 == nil } }

    private func serve(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(client)
            close(server)
        }
        var address = Self.address(target)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(server, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, !isDone.withLock({ $0 }) else { return }
        var isSwallowing = false
        while true {
            var waiting = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waiting, 2, -1) > 0 else { return }
            if waiting[0].revents != 0 {
                guard let bytes = Self.receive(client) else { return }
                let fault = sprung(by: bytes)
                if fault == .swallowRequest { return }
                guard Self.send(bytes, to: server) else { return }
                isSwallowing = isSwallowing || fault == .swallowReply
            }
            if waiting[1].revents != 0 {
                guard let bytes = Self.receive(server), !isSwallowing, Self.send(bytes, to: client) else { return }
            }
        }
    }

    private func sprung(by bytes: [UInt8]) -> Fault? {
        trap.withLock { trap in
            guard let armed = trap, bytes.count >= armed.word.count else { return nil }
            let places = 0...(bytes.count - armed.word.count)
            guard places.contains(where: { bytes[$0..<$0 + armed.word.count].elementsEqual(armed.word) }) else {
                return nil
            }
            trap = nil
            if armed.isLast { isDone.withLock { $0 = true } }
            return armed.fault
        }
    }

    private static func receive(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        return address
    }
}
