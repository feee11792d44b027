import Glibc
import Primitives

@testable import KafkaConnector

/// A real broker process that keeps everything in memory, from the binary that tools/setup places beside the checkout.
final class RealBroker {
    private let process: pid_t
    let address: String

    static var binary: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/.deps/bin/tansu"
    }

    static var isAvailable: Bool { access(binary, X_OK) == 0 }

    init() throws {
        address = "127.0.0.1:\(try Self.freePort())"
        let url = "tcp://\(address)"
        let arguments = [
            Self.binary, "broker", "--listener-url", url, "--advertised-listener-url", url, "--storage-engine",
            "memory://tansu/",
        ]
        var cArguments = arguments.map { strdup($0) } + [nil]
        defer { for argument in cArguments { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var started: pid_t = 0
        guard posix_spawn(&started, Self.binary, &actions, nil, &cArguments, environ) == 0 else {
            throw Fault("test.broker", "the broker does not start")
        }
        process = started
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
            }
        }
        guard bound else { throw Fault("test.port", "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
