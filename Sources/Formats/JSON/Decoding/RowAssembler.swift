import Columnar
import Primitives

/// Puts the values of one JSON object after another into column builders.
///
/// The walk notes where the wanted values lie; the steps then take them in the order of the schema. A record that turns
/// out bad halfway is taken back as a whole.
final class RowAssembler {
    let builders: [ColumnBuilder]
    /// The record's event times, where a column has them.
    let eventTimes = ColumnBuilder(.timestamp, capacity: 4_096)
    private let hasEventTime: Bool
    private let walker: MemberWalker
    private let recordSlots: Range<Int>
    private let columnCount: Int
    private let steps: UnsafeMutablePointer<ColumnStep>
    private let texts: [ColumnStepText]
    private var scratch: [UInt8] = []

    init(_ fields: [Field], origins: [String: JSONColumnOrigin], eventTime: String?) {
        builders = fields.map { ColumnBuilder($0.type, capacity: 4_096) }
        let plan = RecordPlan(fields, builders, origins: origins, eventTime: eventTime)
        walker = MemberWalker(plan.trees, slotCount: plan.slotCount)
        recordSlots = plan.recordSlots
        columnCount = fields.count
        steps = .allocate(capacity: max(1, plan.steps.count))
        for (index, step) in plan.steps.enumerated() { (steps + index).initialize(to: step) }
        texts = plan.texts
        hasEventTime = eventTime != nil
    }

    deinit {
        steps.deallocate()
    }

    /// Appends one row from the record's object, or leaves no trace of it.
    func append(_ tape: JSONTape, row: Int) throws(JSONMismatch) {
        walker.walk(tape, JSONTape.root, node: 0, slots: recordSlots)
        do throws(JSONMismatch) {
            for index in 0..<columnCount { try take(index, tape) }
            if hasEventTime && eventTimes.count == row {
                throw JSONMismatch("json.event_time", "", "the record has no event time")
            }
        } catch {
            for builder in builders { builder.truncate(to: row) }
            eventTimes.truncate(to: row)
            throw error
        }
    }

    // MARK: From places

    /// Appends what the walk has found for a column, or what stands for nothing.
    @inline(__always)
    private func take(_ index: Int, _ tape: JSONTape) throws(JSONMismatch) {
        let step = steps + index
        let position = walker.found[step.pointee.slot]
        if position != 0 && tape.kind(position) != JSONKind.null {
            try put(step, index, tape, position)
        } else {
            try takeOther(step, index, tape)
        }
    }

    @inline(never)
    private func takeOther(_ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape)
        throws(JSONMismatch)
    {
        if step.pointee.hasAlternatives {
            for slot in texts[index].alternatives {
                let position = walker.found[slot]
                if position != 0 && tape.kind(position) != JSONKind.null {
                    return try put(step, index, tape, position)
                }
            }
        }
        let builder = step.pointee.builder.takeUnretainedValue()
        let text = texts[index]
        if step.pointee.isEventTime {
            throw JSONMismatch("json.event_time", text.path, "is missing: the record has no event time")
        }
        switch text.defaultValue {
        case .bool(let value)?: builder.append(value)
        case .int64(let value)?: builder.append(value)
        case .float64(let value)?: builder.append(value)
        case .string(let value)?: builder.append(value)
        case .emptyList?: builder.appendList()
        case nil:
            if step.pointee.kind == .object, !step.pointee.isNullable || hasAny(step.pointee.children, tape) {
                // The members say themselves what each of them needs.
                for child in step.pointee.children { try take(child, tape) }
                builder.appendStruct()
            } else if step.pointee.isNullable {
                builder.appendNull()
            } else {
                let isNull = walker.found[step.pointee.slot] != 0
                throw JSONMismatch("json.missing", text.path, isNull ? "is null, and must not be" : "is missing")
            }
        }
    }

    /// Whether any of the steps, or what they hold, has a place with a value.
    private func hasAny(_ range: Range<Int>, _ tape: JSONTape) -> Bool {
        range.contains { index in
            let places = [steps[index].slot] + texts[index].alternatives
            if places.contains(where: {
                walker.found[$0] != 0 && tape.kind(walker.found[$0]) != JSONKind.null
            }) {
                return true
            }
            return steps[index].kind == .object && hasAny(steps[index].children, tape)
        }
    }

    // MARK: From values

    /// Appends the value at a position, which is not null.
    @inline(__always)
    private func put(
        _ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape, _ position: Int
    ) throws(JSONMismatch) {
        switch step.pointee.kind {
        case .string, .bytes:
            guard tape.kind(position) == JSONKind.string else { throw mismatch(index, tape, position, "a string") }
            step.pointee.builder._withUnsafeGuaranteedRef { $0.append(tape.string(position)) }
        case .int64:
            if tape.kind(position) == JSONKind.int64 {
                step.pointee.builder._withUnsafeGuaranteedRef { $0.append(tape.int64(position)) }
            } else {
                let value = try wholeNumber(index, tape, position)
                step.pointee.builder._withUnsafeGuaranteedRef { $0.append(value) }
            }
        case .timestamp:
            let time = try time(step, index, tape, position)
            step.pointee.builder._withUnsafeGuaranteedRef { $0.append(time) }
            if step.pointee.isEventTime { eventTimes.append(time) }
        case .float64:
            let value = try number(index, tape, position)
            step.pointee.builder._withUnsafeGuaranteedRef { $0.append(value) }
        case .bool:
            let kind = tape.kind(position)
            guard kind == JSONKind.true || kind == JSONKind.false else {
                throw mismatch(index, tape, position, "a truth value")
            }
            step.pointee.builder._withUnsafeGuaranteedRef { $0.append(kind == JSONKind.true) }
        case .object:
            guard tape.kind(position) == JSONKind.object else { throw mismatch(index, tape, position, "an object") }
            try putMembers(step, tape)
        case .list: try putList(step, index, tape, position)
        case .stringOrNumber: try putText(step, index, tape, position)
        case .html:
            guard tape.kind(position) == JSONKind.string else { throw mismatch(index, tape, position, "a string") }
            scratch.removeAll(keepingCapacity: true)
            HTMLText.append(tape.string(position), to: &scratch)
            step.pointee.builder._withUnsafeGuaranteedRef { $0.append(scratch) }
        }
    }

    private func putMembers(_ step: UnsafeMutablePointer<ColumnStep>, _ tape: JSONTape) throws(JSONMismatch) {
        for child in step.pointee.children { try take(child, tape) }
        step.pointee.builder._withUnsafeGuaranteedRef { $0.appendStruct() }
    }

    private func putText(
        _ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape, _ position: Int
    ) throws(JSONMismatch) {
        let builder = step.pointee.builder.takeUnretainedValue()
        switch tape.kind(position) {
        case JSONKind.string: builder.append(tape.string(position))
        case JSONKind.int64: builder.append(String(tape.int64(position)))
        case JSONKind.uint64: builder.append(String(tape.uint64(position)))
        default: throw mismatch(index, tape, position, "a string or a whole number")
        }
    }

    private func putList(
        _ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape, _ array: Int
    ) throws(JSONMismatch) {
        guard tape.kind(array) == JSONKind.array else { throw mismatch(index, tape, array, "an array") }
        let element = step.pointee.children.lowerBound
        var position = array + 1
        var number = 0
        while tape.kind(position) != JSONKind.arrayEnd {
            do throws(JSONMismatch) {
                try putElement(steps + element, element, tape, position)
            } catch {
                throw JSONMismatch(error.code, "\(texts[index].path)[\(number)]\(error.path)", error.problem)
            }
            position = tape.next(position)
            number += 1
        }
        step.pointee.builder._withUnsafeGuaranteedRef { $0.appendList() }
    }

    private func putElement(
        _ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape, _ position: Int
    ) throws(JSONMismatch) {
        var position = position
        if tape.kind(position) == JSONKind.null {
            throw JSONMismatch("json.missing", "", "is null, and must not be")
        }
        if step.pointee.node >= 0, tape.kind(position) == JSONKind.object {
            walker.walk(tape, position, node: step.pointee.node, slots: step.pointee.nodeSlots)
        }
        if step.pointee.node >= 0, step.pointee.kind != .object {
            // One member of each element is wanted; elements without it are left out.
            guard tape.kind(position) == JSONKind.object else { throw mismatch(index, tape, position, "an object") }
            position = walker.found[step.pointee.slot]
            if position == 0 || tape.kind(position) == JSONKind.null { return }
        }
        try put(step, index, tape, position)
    }

    // MARK: Numbers and times

    private func number(_ index: Int, _ tape: JSONTape, _ position: Int) throws(JSONMismatch) -> Double {
        switch tape.kind(position) {
        case JSONKind.double: tape.double(position)
        case JSONKind.int64: Double(tape.int64(position))
        case JSONKind.uint64: Double(tape.uint64(position))
        default: throw mismatch(index, tape, position, "a number")
        }
    }

    @inline(never)
    private func wholeNumber(_ index: Int, _ tape: JSONTape, _ position: Int) throws(JSONMismatch) -> Int64 {
        switch tape.kind(position) {
        case JSONKind.uint64:
            throw JSONMismatch(
                "json.range", texts[index].path, "is \(tape.uint64(position)), above the range of 64-bit integers")
        case JSONKind.double:
            // 1.0 and 1e3 are whole numbers too.
            let value = tape.double(position)
            guard value.magnitude < 0x1p63, let whole = Int64(exactly: value) else {
                let isWhole = value.rounded() == value
                throw JSONMismatch(
                    isWhole ? "json.range" : "json.type", texts[index].path,
                    isWhole ? "is \(value), beyond the range of 64-bit integers" : "is \(value), not an integer")
            }
            return whole
        default: throw mismatch(index, tape, position, "an integer")
        }
    }

    private func time(
        _ step: UnsafeMutablePointer<ColumnStep>, _ index: Int, _ tape: JSONTape, _ position: Int
    ) throws(JSONMismatch) -> Int64 {
        let scale = step.pointee.timeScale
        let time: Int64?
        switch tape.kind(position) {
        case JSONKind.int64:
            let (product, overflow) = tape.int64(position).multipliedReportingOverflow(by: scale)
            time = overflow ? nil : product
        case JSONKind.string:
            time = Timestamp.parse(tape.string(position))
            if time == nil { throw JSONMismatch("json.type", texts[index].path, "is a string, but no RFC 3339 time") }
        case JSONKind.double: time = Int64(exactly: (tape.double(position) * Double(scale)).rounded())
        case JSONKind.uint64: time = nil
        default: throw mismatch(index, tape, position, "a time")
        }
        guard let time, Self.years.contains(time) else {
            let code = step.pointee.isEventTime ? "json.event_time" : "json.range"
            throw JSONMismatch(code, texts[index].path, "is no time between the years 1 and 9999")
        }
        return time
    }

    /// The years 1 to 9999, in microseconds: what RFC 3339 can write and window arithmetic cannot overflow on.
    static let years = -62_135_596_800_000_000...253_402_300_799_999_999 as ClosedRange<Int64>

    @inline(never)
    private func mismatch(_ index: Int, _ tape: JSONTape, _ position: Int, _ wanted: String) -> JSONMismatch {
        JSONMismatch("json.type", texts[index].path, "is \(tape.typeName(position)), not \(wanted)")
    }
}
