import Columnar
import Foundation
import Testing

@testable import Formats

/// The public corpus of JSON parsing cases: `y_` must be accepted, `n_` refused, `i_` is left to the parser.
@Suite(.enabled(if: SharedFolder.path != nil, Comment(rawValue: SharedFolder.missing)))
struct JSONConformanceTests {
    private static let cases: [(name: String, bytes: [UInt8])] = {
        let folder = (SharedFolder.path ?? "") + "/data/json/test_parsing"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            (try? SharedFolder.bytes("json/test_parsing/" + name)).map { (name, $0) }
        }
    }()

    /// What becomes of a text as a record, and as a member of one.
    private func codes(_ bytes: [UInt8]) throws -> [String] {
        let inside = Array("{\"before\":1,\"inside\":".utf8) + bytes + Array("}".utf8)
        let found = [bytes, inside].map { payload -> String in
            let decoder = try? decoder([Field("after", .string, isNullable: true)])
            return decoder?.decode(rawRecords([payload], timestamp: 0)).codes.first ?? "accepted"
        }
        return found
    }

    @Test("the whole corpus is there")
    func complete() {
        #expect(Self.cases.count { $0.name.hasPrefix("y_") } == 95)
        #expect(Self.cases.count { $0.name.hasPrefix("n_") } == 188)
    }

    @Test("what is JSON is taken: an object as a record, any value as a member")
    func valid() throws {
        for (name, bytes) in Self.cases where name.hasPrefix("y_") {
            let isObject = bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
            #expect(try codes(bytes) == [isObject ? "accepted" : "json.type", "accepted"], "\(name)")
        }
    }

    @Test("what is not JSON is refused, alone and as a member")
    func invalid() throws {
        for (name, bytes) in Self.cases where name.hasPrefix("n_") {
            let found = try codes(bytes)
            #expect(!found.contains("accepted"), "\(name): \(found)")
        }
    }

    @Test("what the standard leaves open is taken or refused with a code")
    func open() throws {
        for (_, bytes) in Self.cases where bytes.count < 1 << 20 { _ = try codes(bytes) }
    }
}
