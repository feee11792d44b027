import Dataflow
import Primitives
import Testing

@testable import WebhookConnector

@Suite("A webhook's settings")
struct SettingsTests {
    private static func fault(_ members: [(String, Settings.Value)]) -> String? {
        do throws(Fault) {
            _ = try Delivery.settings(members)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "addresses that only a neighbour should reach",
        arguments: [
            "127.0.0.1", "127.255.255.255", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1", "100.127.255.255", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
            "::1",
            "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1", "localhost",
            "a.localhost",
        ])
    func closed(_ host: String) {
        #expect(AddressGuard.isPublic(literal: host) == false)
        let url = host.contains(":") ? "http://[\(host)]:8080/x" : "http://\(host):8080/x"
        #expect(Self.fault([("url", .string(url))]) == "webhook.private")
        #expect(Self.fault([("url", .string(url)), ("allow_private", .bool(true))]) == nil)
    }

    @Test(
        "addresses of the internet",
        arguments: [
            "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ])
    func open(_ host: String) {
        #expect(AddressGuard.isPublic(literal: host) == true)
    }

    @Test("a name is left to the resolver")
    func name() {
        #expect(AddressGuard.isPublic(literal: "hooks.example") == nil)
    }

    @Test(
        "what is no URL of a receiver",
        arguments: [
            "", "hooks.example/x", "ftp://hooks.example/", "file:///etc/passwd", "https://", "https:///x",
            "http://a b/", "http://a\\@b/", "http://[::1/",
        ])
    func urls(_ url: String) {
        #expect(Self.fault([("url", .string(url))]) == "webhook.url")
    }

    @Test("credentials in a URL do not pass for its host")
    func userinfo() {
        #expect(Self.fault([("url", .string("http://hooks.example@127.0.0.1/"))]) == "webhook.private")
        #expect(WebhookURL("https://user:word@hooks.example:8443/x")?.place == "https://hooks.example:8443")
    }

    @Test("faults of the other settings")
    func others() {
        #expect(Self.fault([("secret", .string("short"))]) == "webhook.secret")
        #expect(Self.fault([("type", .string("has space"))]) == "webhook.type")
        #expect(Self.fault([("text", .string("messag"))]) == "schema.column_missing")
        let split = Settings(.string("a\r\nX-Other: b"), path: ["headers", "x"])
        #expect(Self.fault([("headers", .object([("x", split)]))]) == "webhook.header")
    }
}
