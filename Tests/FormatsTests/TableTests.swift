import Dataflow
import Primitives
import Testing

@testable import Formats

@Suite("Small tables")
struct TableTests {
    private func read(_ text: String) throws(Fault) -> StaticTable { try TableReader.read(Array(text.utf8)) }

    private func code(_ text: String) -> String {
        do throws(Fault) {
            _ = try read(text)
            return "accepted"
        } catch { return error.code }
    }

    @Test("CSV: quotes, line ends, a mark of byte order, empty cells, blanks around the names of columns")
    func csv() throws {
        let table = try read(
            "\u{FEFF}brand, alias ,near\r\n\"Coca \"\"Cola\"\"\",\"co,ke\nzero\",\r\nNike, swoosh ,x\n")
        #expect(table.columns == ["brand", "alias", "near"])
        #expect(table.rows == [["Coca \"Cola\"", "co,ke\nzero", nil], ["Nike", " swoosh ", "x"]])
        #expect(try read("brand").rows.isEmpty)
    }

    @Test("JSON lines: columns that come later, and lists as cells of CSV have them")
    func json() throws {
        let table = try read(
            """
            \u{FEFF}{"brand": "Nike", "aliases": ["swoosh", "just do it", 23], "more": {"a": 1}}

            {"brand": 7, "near": true, "aliases": []}
            """)
        #expect(table.columns == ["brand", "aliases", "more", "near"])
        #expect(table.rows == [["Nike", "swoosh|just do it|23", nil, nil], ["7", nil, nil, "true"]])
    }

    @Test("a damaged table is refused")
    func refusals() {
        #expect(code("") == "table.empty")
        #expect(code("a,b\n1,2,3\n") == "table.row")
        #expect(code("a,b\n1\n") == "table.row")
        #expect(code("a\n\"1\n") == "table.quote")
        #expect(code("{\"a\": 1}\n[1]\n") == "table.row")
        #expect(code("{\"a\": 1}\n{\"a\"\n") == "json.syntax")
        do throws(Fault) { _ = try read("{\"a\": 1}\n\n{\"a\"\n") } catch {
            #expect(error.message == "line 3 of the table is no JSON")
        }
    }
}
