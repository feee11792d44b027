import Columnar
import Dataflow
import Primitives

/// Which of the two streams.
enum JoinSide: Int, Sendable, CaseIterable {
    case left
    case right

    var other: JoinSide { self == .left ? .right : .left }
    var name: String { self == .left ? "left" : "right" }
}

/// A checked `join`; all lengths in microseconds of event time.
struct JoinPlan: Sendable {
    static let prefix = "right_"
    /// Buckets in the time that a row waits at most: more of them forget sooner but are more to look into.
    private static let bucketsPerSpan: Int64 = 8

    /// How much earlier than a left row the right one may be.
    var before: Int64
    /// How much later.
    var after: Int64
    /// How far behind the watermark a row may be.
    var lateness: Int64
    /// Whether left rows without a partner come out.
    var isLeft: Bool
    var left: Schema
    var right: Schema
    var leftKeys: [FieldPath]
    var rightKeys: [FieldPath]

    func schema(_ side: JoinSide) -> Schema { side == .left ? left : right }
    func keys(_ side: JoinSide) -> [FieldPath] { side == .left ? leftKeys : rightKeys }

    /// For how long after itself a row finds partners.
    func reach(_ side: JoinSide) -> Int64 { side == .left ? after : before }

    /// When partners of rows may have happened.
    func partnerTimes(_ side: JoinSide, _ times: ClosedRange<Int64>) -> ClosedRange<Int64> {
        side == .left
            ? times.lowerBound - before...times.upperBound + after
            : times.lowerBound - after...times.upperBound + before
    }

    var bucketSize: Int64 { max(1, (before + after) / Self.bucketsPerSpan) }

    /// How far what comes out may lie behind the watermark: a row as late as may be, or a left row that has waited
    /// until its whole bucket is past.
    var watermarkDelay: Int64 { lateness + (isLeft ? after + bucketSize : 0) }

    /// The times that rows can have: what is added to them stays a number.
    var range: ClosedRange<Int64> {
        let margin = 4 * (before + after + lateness + bucketSize)
        return Int64.min + margin...Int64.max - margin
    }

    /// The columns of the right that come out, each with its name there.
    var rightColumns: [(index: Int, name: String)] {
        let keyNames = Set(rightKeys.map(\.field.name))
        return right.fields.enumerated().compactMap { index, field in
            if keyNames.contains(field.name) { return nil }
            return (index, left.index(of: field.name) == nil ? field.name : Self.prefix + field.name)
        }
    }

    var outputSchema: Schema {
        Schema(
            left.fields
                + rightColumns.map { index, name in
                    var field = right.fields[index]
                    field.name = name
                    field.isNullable = field.isNullable || isLeft
                    return field
                })
    }

    /// What is read of each input to give the wanted columns.
    func inputPaths(_ wanted: Set<String>?) -> [Set<String>?] {
        guard let wanted else { return [nil, nil] }
        let output = outputSchema
        let rightColumns = rightColumns
        var paths = [Set(leftKeys.map(\.field.name)), Set(rightKeys.map(\.field.name))]
        for path in wanted {
            guard let found = output.resolve(path) else { continue }
            let index = found.indices[0]
            guard index >= left.fields.count else {
                paths[0].insert(path)
                continue
            }
            let column = rightColumns[index - left.fields.count]
            let name = right.fields[column.index].name
            paths[1].insert(name + path.dropFirst(column.name.count))
            // Its name stays what it is only as long as the left has one of that name.
            if column.name != name { paths[0].insert(name) }
        }
        return paths.map { $0 }
    }

    /// Bytes of memory of one row that waits, with the slack of tables that double.
    var bytesPerRow: Int {
        func bytes(_ schema: Schema) -> Int { schema.fields.reduce(0) { $0 + Self.bytes($1.type) } }
        return max(bytes(left), bytes(right)) + 2 * (JoinBucket.bytesPerEntry + 48)
    }

    private static func bytes(_ type: DataType) -> Int {
        switch type {
        case .bool: 1
        case .int64, .float64, .timestamp: 9
        case .string, .bytes: 64
        case .list(let element): 8 + 4 * bytes(element)
        case .struct(let fields): fields.reduce(1) { $0 + bytes($1.type) }
        }
    }

    var stateShape: StateShape {
        func text(_ schema: Schema) -> String { schema.fields.map(\.description).joined(separator: ", ") }
        return StateShape(
            kind: "join",
            facts: [
                StateShape.Fact("on", leftKeys.map(\.field.name).joined(separator: ", "), onChange: .rebuild),
                StateShape.Fact("before", DurationText.format(before), onChange: .rebuild),
                StateShape.Fact("after", DurationText.format(after), onChange: .rebuild),
                StateShape.Fact("lateness", DurationText.format(lateness), onChange: .migrate),
                StateShape.Fact("kind", isLeft ? "left" : "inner", onChange: .migrate),
                StateShape.Fact("left columns", text(left), onChange: .rebuild),
                StateShape.Fact("right columns", text(right), onChange: .rebuild),
            ])
    }
}
