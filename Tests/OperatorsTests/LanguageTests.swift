import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

@Suite("language")
struct LanguageTests {
    private static let folder: String = {
        if let path = getenv("MARTLET_MODELS") { return String(cString: path) }
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(checkout)/models"
    }()

    private static let models = ModelFiles(directory: folder) { path throws(Fault) in
        SystemFile.read(path)
    }

    private let posts = TestStream(Field("text", .string, isNullable: true))

    @Test(
        "each text gets its language; no letters, no language",
        .enabled(if: access(folder, R_OK) == 0, "needs the folder models"))
    func languages() throws {
        let (planned, faults) = plan("language", ["text": "text"], posts, models: Self.models)
        #expect(codes(faults) == [])
        let bench = try OperatorBench(planned)
        try bench.process(
            posts.batch(
                [
                    ["I do not know what to say about this weather"], ["Ich weiß nicht, was ich dazu sagen soll"],
                    ["Je ne sais pas quoi dire de ce temps"], [nil], ["123 😀"], ["привет, как дела"],
                ], hidden: true))
        #expect(bench.rows.map { $0[1].string } == ["en", "de", "fr", nil, nil, "und"])
        for (row, isSure) in zip(bench.rows, [true, true, true, false, false, false]) {
            #expect((row[2].double ?? 0 > 0.5) == isSure)
        }
        #expect(bench.ledger.passed == 6)
    }

    @Test("a model that is missing or another kind is refused")
    func faults() {
        #expect(codes(plan("language", ["text": "text"], posts).faults) == ["model.folder_missing"])
        #expect(codes(plan("language", ["text": "text", "model": "./x"], posts).faults) == ["model.file_missing"])
        let taken = TestStream(Field("text", .string), Field("language", .string))
        #expect(
            codes(plan("language", ["text": "text"], taken, models: Self.models).faults).allSatisfy {
                $0 == "schema.duplicate" || $0 == "model.file_missing"
            })
    }
}
