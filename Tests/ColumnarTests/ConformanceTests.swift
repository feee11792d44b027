import Columnar
import Glibc
import Primitives
import Testing

/// CEL's own conformance cases, as far as they need no messages, bindings or types known only at run time.
@Suite(.enabled(if: Conformance.folder != nil, "set MARTLET_SHARED to a folder with data/cel"))
struct ConformanceTests {
    /// How many cases of each file must pass. A case that expects a value and is refused for its types is left out;
    /// one that expects an error passes if the expression is refused or fails.
    @Test(
        "conformance cases pass",
        arguments: [
            ("basic", 34), ("comparisons", 270), ("integer_math", 64), ("fp_math", 30), ("logic", 25), ("string", 51),
            ("timestamps", 63), ("conversions", 79), ("lists", 32), ("parse", 156), ("macros", 33),
            ("string_ext", 110), ("math_ext", 116),
        ])
    func file(_ name: String, _ floor: Int) throws {
        let result = try Conformance.run(name)
        if getenv("MARTLET_VERBOSE") != nil {
            print(
                "\(name): \(result.passed) passed (\(result.refused) by refusal), \(result.failed.count) failed, "
                    + "\(result.skipped.count) left out"
            )
            for line in result.failed { print("  failed \(line)") }
            for line in result.skipped { print("  left out \(line)") }
        }
        #expect(result.failed == [])
        #expect(result.passed >= floor)
    }
}

struct Conformance {
    var passed = 0
    /// Of those, the cases that expect an error at run time and get one when compiled.
    var refused = 0
    var failed: [String] = []
    var skipped: [String] = []

    static let folder: String? = {
        let root = getenv("MARTLET_SHARED").map { String(cString: $0) } ?? "../shared"
        return access("\(root)/data/cel/basic.textproto", R_OK) == 0 ? "\(root)/data/cel" : nil
    }()

    static func run(_ name: String) throws -> Conformance {
        var result = Conformance()
        let file = TextProto.parse(try read("\(try #require(folder))/\(name).textproto"))
        for section in file.all("section") {
            for test in section.all("test") { result.run(test) }
        }
        return result
    }

    private static func read(_ path: String) throws -> [UInt8] {
        try #require(SystemFile.read(path))
    }

    /// Cases that tell nanoseconds apart; columns count microseconds.
    private static let finerThanMicroseconds: Set<String> = [
        "toString_timestamp_nanos", "add_time_to_duration_nanos_negative", "add_time_to_duration_nanos_positive",
        "add_duration_nanos_over", "add_duration_nanos_under",
    ]

    private mutating func run(_ test: TextProto.Value) {
        let source = test["expr"]?.text ?? ""
        let label = "\(test["name"]?.text ?? ""): \(source.prefix(140))"
        for unwanted in ["bindings", "type_env", "container", "check_only"] where test[unwanted] != nil {
            skipped.append("\(unwanted) \(label)")
            return
        }
        if Self.finerThanMicroseconds.contains(test["name"]?.text ?? "") {
            skipped.append("nanoseconds \(label)")
            return
        }
        let expectsError = test["eval_error"] != nil
        let expression: CompiledExpression
        do throws(ExpressionFault) {
            expression = try CompiledExpression.compile(source, schema: Schema([]))
        } catch {
            if expectsError, error.code != "expression.unsupported" {
                passed += 1
                refused += 1
            } else if error.code == "expression.syntax" {
                failed.append("\(error) \(label)")
            } else {
                skipped.append("\(error.message) \(label)")
            }
            return
        }
        let batch = RecordBatch(schema: Schema([]), columns: [], rowCount: 1)
        let evaluated = expression.evaluate(batch)
        if expectsError {
            if evaluated.errors != nil {
                passed += 1
            } else {
                failed.append("no error but \(show(evaluated.column, 0)) \(label)")
            }
            return
        }
        if let error = evaluated.errors?.error(at: 0) {
            failed.append("\(error.message) \(label)")
            return
        }
        // A case without a value expects true.
        let expected =
            test["value"]
            ?? .message([
                .init(name: "bool_value", value: .scalar(Array("true".utf8), isString: false))
            ])
        switch matches(expected, evaluated.column, 0) {
        case true?: passed += 1
        case false?: failed.append("gave \(show(evaluated.column, 0)) \(label)")
        case nil: skipped.append("kind of value \(label)")
        }
    }

    /// Whether a value is the expected one; `nil` for kinds of values that no column has.
    private func matches(_ expected: TextProto.Value, _ column: Column, _ row: Int) -> Bool? {
        guard let member = expected.fields.first else { return nil }
        let value = member.value
        switch (member.name, column) {
        case ("int64_value", .int64(let column)), ("uint64_value", .int64(let column)):
            return Int64(value.text) == column.values[row]
        case ("double_value", .float64(let column)):
            let wanted = Double(value.text) ?? .nan
            return wanted == column.values[row] || (wanted.isNaN && column.values[row].isNaN)
        case ("bool_value", .bool(let column)): return (value.text == "true") == column[row]
        case ("string_value", .string(let column)), ("bytes_value", .bytes(let column)):
            return value.bytes == Array(column[row])
        case ("null_value", _): return !column.isValid(row)
        case ("list_value", .list(let lists)):
            let wanted = value.all("values")
            guard wanted.count == lists[row].count else { return false }
            for (item, position) in zip(wanted, lists[row]) {
                guard let isEqual = matches(item, lists.elements, position) else { return nil }
                if !isEqual { return false }
            }
            return true
        case ("object_value", _), ("map_value", _), ("type_value", _), ("enum_value", _): return nil
        default: return false
        }
    }
}
