import Dataflow
import Primitives

/// Types single values by what their place asks for.
enum ScalarReader {
    static func read(_ scalar: FileScalar, as kind: FieldKind) -> Result<Settings.Value, Fault> {
        let text = scalar.text
        switch kind {
        case .string: return .success(.string(text))
        case .path, .column, .expression:
            return text.isEmpty ? .failure(mismatch(scalar, kind, hint: nil)) : .success(.string(text))
        case .bool:
            switch text {
            case "true", "True", "TRUE": return .success(.bool(true))
            case "false", "False", "FALSE": return .success(.bool(false))
            default: return .failure(mismatch(scalar, kind, hint: "write `true` or `false`"))
            }
        case .integer(let range):
            guard let value = integer(text) else { return .failure(mismatch(scalar, kind, hint: nil)) }
            guard range.contains(value) else { return .failure(outside(scalar, kind)) }
            return .success(.integer(value))
        case .number(let range):
            guard let value = number(text) else { return .failure(mismatch(scalar, kind, hint: nil)) }
            guard range.contains(value) else { return .failure(outside(scalar, kind)) }
            return .success(.number(value))
        case .duration:
            if let value = DurationText.setting(text) { return .success(.duration(value)) }
            return .failure(mismatch(scalar, kind, hint: "write `250ms`, `5s`, `1m`, `24h` or `7d`"))
        case .byteSize:
            if let value = ByteSizeText.bytes(text) { return .success(.byteSize(value)) }
            return .failure(mismatch(scalar, kind, hint: "write `64KiB`, `512MiB` or `1GiB`"))
        case .choice(let words):
            if words.contains(text) { return .success(.string(text)) }
            let listed = words.map { "`\($0)`" }.joined(separator: ", ")
            let hint = Spelling.nearest(text, words).map { "did you mean `\($0)`?" } ?? "one of \(listed)"
            return .failure(Fault("file.choice", "`\(scalar.raw)` is none of \(listed)", hint: hint))
        case .list, .map, .object, .either:
            return .failure(mismatch(scalar, kind, hint: nil))
        }
    }

    private static func mismatch(_ scalar: FileScalar, _ kind: FieldKind, hint: String?) -> Fault {
        let found = scalar.text.isEmpty ? "an empty value" : "`\(scalar.raw)`"
        return Fault("file.type", "expected \(kind.described), found \(found)", hint: hint)
    }

    private static func outside(_ scalar: FileScalar, _ kind: FieldKind) -> Fault {
        Fault("file.range", "`\(scalar.raw)` is out of range: expected \(kind.described)")
    }

    /// Decimal digits with a sign before them at most: no octal by a leading zero, no sexagesimal, as YAML 1.1 has.
    private static func integer(_ text: String) -> Int64? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard text.utf8.count - digits.count <= 1, !digits.isEmpty else { return nil }
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(text)
    }

    private static func number(_ text: String) -> Double? {
        let allowed = Set("0123456789+-.eE".utf8)
        guard let first = text.utf8.first, allowed.contains(first), text.utf8.allSatisfy(allowed.contains),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}

extension FieldKind {
    /// As messages say it: `a duration such as 5s`.
    var described: String {
        switch self {
        case .string: "text"
        case .integer(let range):
            "a whole number" + Self.bounds(range.lowerBound, range.upperBound, .min, .max) { String($0) }
        case .number(let range):
            "a number"
                + Self.bounds(
                    range.lowerBound, range.upperBound, -.greatestFiniteMagnitude, .greatestFiniteMagnitude, Self.show)
        case .bool: "true or false"
        case .duration: "a duration"
        case .byteSize: "a size"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: " or ")
        case .path: "a path"
        case .expression: "an expression"
        case .column: "a column"
        case .list: "a list"
        case .map: "a map of names"
        case .object: "a map"
        case .either(let kinds): kinds.map(\.described).joined(separator: " or ")
        }
    }

    /// A number without a useless `.0`.
    private static func show(_ value: Double) -> String {
        let isWhole = value == value.rounded() && abs(value) < 1e15
        return isWhole ? String(Int64(value)) : String(value)
    }

    private static func bounds<Value: Comparable>(
        _ low: Value, _ high: Value, _ least: Value, _ most: Value, _ show: (Value) -> String
    ) -> String {
        switch (low > least, high < most) {
        case (true, true): " from \(show(low)) to \(show(high))"
        case (true, false): " of at least \(show(low))"
        case (false, true): " of at most \(show(high))"
        case (false, false): ""
        }
    }

    /// Whether a value has the form (scalar, list, map) that this kind asks for.
    func fits(_ node: FileNode) -> Bool {
        switch self {
        case .list: node.list != nil
        case .map, .object: node.map != nil
        case .either(let kinds): kinds.contains { $0.fits(node) }
        default: node.scalar != nil && !node.isNull
        }
    }

    var isScalar: Bool {
        switch self {
        case .list, .map, .object, .either: false
        default: true
        }
    }

    /// Whether any text is taken as it is.
    var isText: Bool {
        switch self {
        case .string, .path, .expression, .column, .choice: true
        default: false
        }
    }
}
