import Columnar
import Dataflow
import Primitives
import Testing

@testable import Formats

@Suite("Mapping of foreign shapes")
struct JSONMapTests {
    @Test("paths, elements, every element, the first that has a value, constants, HTML")
    func places() throws {
        var html = try origin("content")
        html.rewrite = .htmlText
        let origins = [
            "id": try origin("data.id"), "text": try origin("data.note.text", "data.text"), "body": html,
            "platform": JSONColumnOrigin([], constant: "x"), "first": try origin("tags[0].tag"),
            "tags": try origin("tags[*].tag"), "likes": try origin("data.metrics.like_count"),
        ]
        let fields = [
            Field("id", .string), Field("text", .string, isNullable: true), Field("body", .string, isNullable: true),
            Field("platform", .string), Field("first", .string, isNullable: true),
            Field("tags", .list(.string), isNullable: true), Field("likes", .int64, isNullable: true),
        ]
        let found = try decode(
            fields,
            [
                #"{"data":{"id":12345678901234567890,"text":"short","note":{"text":"long"},"metrics":{"like_count":3}},"#
                    + #""content":"<p>a &amp; b<br>c</p>","tags":[{"tag":"x"},{"tag":"y"}]}"#,
                #"{"tags":[],"data":{"text":"only","id":"7","note":null}}"#, #"{"data":{}}"#,
            ], origins)
        #expect(
            found.rows == [
                #"{"id":"12345678901234567890","text":"long","body":"a & b\nc","platform":"x","first":"x","#
                    + #""tags":["x","y"],"likes":3}"#,
                #"{"id":"7","text":"only","body":null,"platform":"x","first":null,"tags":[],"likes":null}"#,
            ])
        #expect(found.codes == ["json.missing"] && found.reasons[0].contains("id"))
    }

    @Test(
        "a map that does not fit its schema is refused at its place",
        arguments: [
            ("likez", "data.likes", "schema.column_missing"), ("likes", "\"3\"", "format.map"),
            ("likes", "data.tags[*]", "format.map"), ("likes", "data..x", "format.path"), ("likes", "", "format.path"),
            ("likes", "data.tags[1000]", "format.path"), ("likes", "data.tags[-1]", "format.path"),
        ])
    func refused(column: String, place: String, code: String) {
        let faults = FaultCollector()
        let settings = mapSettings([column: .string(place)])
        _ = JSONFormat().schema(settings, declared: Schema([Field("likes", .int64)]), faults)
        #expect(faults.faults.map(\.fault.code) == [code])
        #expect(faults.faults.first?.path.prefix(2) == ["map", column])
    }
}
