import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Formats

/// Broken bytes: nothing traps, nothing is read beyond a record's end, and neighbours are not touched.
@Suite("Broken JSON")
struct JSONRobustnessTests {
    private static let fields = [
        Field("id", .string), Field("n", .int64), Field("f", .float64, isNullable: true),
        Field("tags", .list(.string), isNullable: true),
        Field("author", .struct([Field("name", .string, isNullable: true)]), isNullable: true),
    ]
    private static let whole = Array(
        #"{"id":"a\u00e9\n","n":-12,"f":1.5e3,"tags":["x","ü😀"],"author":{"name":null,"z":[{},[]]},"rest":true}"#.utf8)

    @Test("every beginning of a record is refused as syntax, and the record behind it is read")
    func truncated() throws {
        let decoder = try decoder(Self.fields)
        let payloads = (0..<Self.whole.count).flatMap { [Array(Self.whole[..<$0]), Self.whole] }
        let found = decoder.decode(rawRecords(payloads, timestamp: 0))
        #expect(found.rows.count == Self.whole.count && Set(found.rows).count == 1)
        #expect(found.codes == Array(repeating: "json.syntax", count: Self.whole.count))
        #expect(found.rejected.map { $0.bytes?.count ?? -1 } == Array(0..<Self.whole.count))
    }

    @Test("20,000 mutated records: each is a row or a dead letter, whole records between them stay what they are")
    func mutated() throws {
        let decoder = try decoder(Self.fields)
        var random = RandomSource(seed: 7)
        let expected = try #require(decoder.decode(rawRecords([Self.whole], timestamp: 0)).rows.first)
        for round in 0..<100 {
            var payloads: [[UInt8]] = []
            for _ in 0..<200 {
                var bytes = Self.whole
                for _ in 0...Int(random.next() % 4) {
                    let place = Int(random.next() % UInt64(bytes.count))
                    switch random.next() % 4 {
                    case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(Array("{}[]\",:\\0-e".utf8)[Int(random.next() % 11)], at: place)
                    default: bytes[place] ^= 1 << UInt8(random.next() % 8)
                    }
                }
                payloads += [bytes, Self.whole]
            }
            let found = decoder.decode(rawRecords(payloads, timestamp: 0))
            #expect(found.rows.count + found.rejected.count == 400, "round \(round)")
            let refused = Set(found.rejected.map(\.offset))
            #expect(refused.allSatisfy { $0 % 2 == 0 }, "round \(round)")
            let kept = (0..<400).filter { !refused.contains(Int64($0)) }
            for (row, offset) in zip(found.rows, kept) where offset % 2 == 1 { #expect(row == expected) }
        }
    }

    @Test("a record that ends where its memory ends is read no further")
    func guarded() throws {
        let page = Int(getpagesize())
        let memory = try #require(mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(memory, 2 * page) }
        #expect(mprotect(memory + page, page, PROT_NONE) == 0)
        let decoder = try decoder(Self.fields)
        for length in 0...Self.whole.count {
            let start = memory + page - length
            Self.whole.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: length) }
            let record = RawRecord(
                bytes: UnsafeRawBufferPointer(start: start, count: length), offset: 0, timestamp: 0)
            let records = RawRecords(
                lane: 0, sequence: 0, origin: "t", partition: 0, records: [record], isPadded: false, release: {})
            #expect(decoder.decode(records).rejected.isEmpty == (length == Self.whole.count))
        }
    }
}
