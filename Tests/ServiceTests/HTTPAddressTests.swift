import Primitives
import Service
import Testing

@Suite("HTTP addresses")
struct HTTPAddressTests {
    @Test(
        "forms of an address",
        arguments: [
            ("8080", "127.0.0.1", 8_080), (":8080", "0.0.0.0", 8_080), ("10.0.0.1:0", "10.0.0.1", 0),
            ("[::1]:80", "::1", 80), ("localhost:65535", "localhost", 65_535),
        ])
    func parses(_ text: String, _ host: String, _ port: Int) throws {
        #expect(try HTTPAddress(parsing: text) == HTTPAddress(host: host, port: port))
    }

    @Test("what is no address is refused", arguments: ["", "x", "1:2:3", "host:", "host:65536", ":-1", "::1"])
    func refuses(_ text: String) {
        #expect(throws: Fault.self) { try HTTPAddress(parsing: text) }
    }

    @Test("a browser's form")
    func url() {
        #expect(HTTPAddress(host: "::1", port: 80).url == "http://[::1]:80")
        #expect(HTTPAddress(host: "0.0.0.0", port: 81).url == "http://127.0.0.1:81")
    }
}
