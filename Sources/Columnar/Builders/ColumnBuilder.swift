/// Appends values to a column that is not finished yet, whatever its type.
///
/// One class for all types, so that a decoder holds a flat array of them and every append is a direct call. Owned by
/// one thread. Appending a value of another type than the builder's is a programmer's error.
@usableFromInline
package final class ColumnBuilder {
    package let type: DataType
    @usableFromInline let layout: Layout
    /// Rows appended so far.
    @usableFromInline package internal(set) var count = 0

    private var validity = BitmapBuilder()
    @usableFromInline var nullCount = 0

    // Values of fixed width, or the offsets of variable ones.
    private var fixed: AlignedBuffer
    private let fixedWidth: Int
    /// The start of `fixed`, and the rows that fit there.
    @usableFromInline var fixedBase: UnsafeMutableRawPointer
    @usableFromInline var rowCapacity = 0
    private var bits = BitmapBuilder()
    private var bytes: AlignedBuffer?
    /// The start of `bytes`, if there is one, and how much of it is used.
    @usableFromInline var byteBase: UnsafeMutableRawPointer?
    @usableFromInline var byteCapacity = 0
    @usableFromInline package internal(set) var byteCount = 0

    /// The builder of a list's elements: append a row's elements here, then call `appendList()`.
    package let elements: ColumnBuilder?
    /// The builders of a struct's members: append a row to each, then call `appendStruct()`.
    package let members: [ColumnBuilder]

    /// What the memory of a type looks like.
    @usableFromInline
    enum Layout: UInt8 {
        case bits, integers, floats, bytes, list, members
    }

    package init(_ type: DataType, capacity: Int = 64) {
        self.type = type
        layout =
            switch type {
            case .bool: .bits
            case .int64, .timestamp: .integers
            case .float64: .floats
            case .string, .bytes: .bytes
            case .list: .list
            case .struct: .members
            }
        var elements: ColumnBuilder?
        var members: [ColumnBuilder] = []
        var width = 8
        switch type {
        case .bool, .int64, .float64, .timestamp: break
        case .string, .bytes: width = 4
        case .list(let element):
            width = 4
            elements = ColumnBuilder(element, capacity: capacity)
        case .struct(let fields):
            members = fields.map { ColumnBuilder($0.type, capacity: capacity) }
        }
        self.elements = elements
        self.members = members
        fixedWidth = width
        fixed = AlignedBuffer(capacity: (capacity + 1) * width)
        fixedBase = fixed.base
        startFixed()
    }

    @inlinable
    package func append(_ value: Int64) {
        assert(layout == .integers, "an integer goes into an integer column")
        if count >= rowCapacity { growFixed() }
        (fixedBase + count * 8).storeBytes(of: value, as: Int64.self)
        appendValid()
    }

    @inlinable
    package func append(_ value: Double) {
        assert(layout == .floats, "a float goes into a float column")
        if count >= rowCapacity { growFixed() }
        (fixedBase + count * 8).storeBytes(of: value, as: Double.self)
        appendValid()
    }

    package func append(_ value: Bool) {
        assert(type == .bool, "a truth value goes into a bool column")
        bits.set(count, value)
        appendValid()
    }

    /// Appends a string or bytes. A string must be valid UTF-8: the caller has checked it.
    @inlinable
    package func append(_ value: UnsafeBufferPointer<UInt8>) {
        appendPart(value)
        finishBytes()
    }

    /// Appends strings or bytes that lie end to end.
    /// - Parameters:
    ///   - count: how many there are.
    ///   - end: where the value of a number ends in `joined`.
    @inlinable
    package func append(joined: UnsafeBufferPointer<UInt8>, count: Int, end: (_ number: Int) -> Int) {
        let start = byteCount
        appendPart(joined)
        for number in 0..<count {
            appendOffset(start + end(number))
            appendValid()
        }
    }

    /// Appends one integer again and again.
    package func append(_ value: Int64, count: Int) {
        for _ in 0..<count { append(value) }
    }

    package func append(_ value: String) {
        var value = value
        value.withUTF8 { append($0) }
    }

    package func append(_ value: [UInt8]) {
        value.withUnsafeBufferPointer { append($0) }
    }

    /// Appends a part of a string or bytes value; `finishBytes()` ends the value.
    @inlinable
    package func appendPart(_ part: UnsafeBufferPointer<UInt8>) {
        assert(layout == .bytes, "bytes go into a string or bytes column")
        guard let source = part.baseAddress else { return }
        let needed = byteCount + part.count
        if needed > byteCapacity { growBytes(needed) }
        guard let target = byteBase else { return }
        (target + byteCount).copyMemory(from: source, byteCount: part.count)
        byteCount = needed
    }

    /// Ends the string or bytes value of a row: everything appended in parts since the row before.
    @inlinable
    package func finishBytes() {
        appendOffset(byteCount)
        appendValid()
    }

    /// Ends the list of a row: everything appended to `elements` since the row before.
    package func appendList() {
        appendOffset(elements?.count ?? 0)
        appendValid()
    }

    /// Ends the struct of a row, one value having been appended to each of `members`.
    package func appendStruct() {
        assert(members.allSatisfy { $0.count == count + 1 }, "each member has a value before the struct ends")
        appendValid()
    }

    /// Appends a row without a value.
    package func appendNull() {
        switch type {
        case .bool: bits.set(count, false)
        case .int64, .timestamp, .float64:
            if count >= rowCapacity { growFixed() }
            (fixedBase + count * 8).storeBytes(of: 0, as: Int64.self)
        case .string, .bytes: appendOffset(byteCount)
        case .list: appendOffset(elements?.count ?? 0)
        case .struct: for member in members { member.appendNull() }
        }
        if nullCount == 0 { validity.fill(count, true) }
        validity.set(count, false)
        nullCount += 1
        count += 1
    }

    /// Takes back every row from `count` on: a record that turned out bad halfway leaves no trace.
    package func truncate(to count: Int) {
        if count < self.count {
            if nullCount > 0 {
                for row in count..<self.count where !validity[row] { nullCount -= 1 }
            }
            self.count = count
        }
        // Parts of a value, elements of a list or members of a struct may wait without a row.
        discardOpenValue()
        for member in members { member.truncate(to: self.count) }
    }

    /// Hands the rows over as a column and starts again from none.
    package func finish() -> Column {
        defer { reset() }
        let validity = nullCount > 0 ? validity.finish() : nil
        switch type {
        case .bool:
            bits.reserve(count)
            return .bool(BoolColumn(count: count, bits: bits.finish(), validity: validity))
        case .int64: return .int64(Int64Column(count: count, owner: fixed, validity: validity))
        case .timestamp: return .timestamp(Int64Column(count: count, owner: fixed, validity: validity))
        case .float64: return .float64(Float64Column(count: count, owner: fixed, validity: validity))
        case .string: return .string(finishedBytes(validity))
        case .bytes: return .bytes(finishedBytes(validity))
        case .list:
            guard let elements else { preconditionFailure("a list builder has a builder of elements") }
            return .list(
                ListColumn(count: count, offsets: fixed, elements: elements.finish(), validity: validity))
        case .struct(let fields):
            return .struct(
                StructColumn(
                    count: count, fields: fields, children: members.map { $0.finish() }, validity: validity))
        }
    }

    private var hasOffsets: Bool { fixedWidth == 4 }

    private func finishedBytes(_ validity: Bitmap?) -> BytesColumn {
        BytesColumn(count: count, offsets: fixed, bytes: bytes ?? AlignedBuffer(capacity: 0), validity: validity)
    }

    private func reset() {
        // The next batch is likely to be as large as this one.
        fixed = AlignedBuffer(capacity: (max(64, count) + 1) * fixedWidth)
        bytes = byteCount > 0 ? AlignedBuffer(capacity: byteCount + byteCount / 8) : nil
        byteBase = bytes?.base
        byteCapacity = bytes?.capacity ?? 0
        byteCount = 0
        count = 0
        nullCount = 0
        validity = BitmapBuilder()
        bits = BitmapBuilder()
        startFixed()
    }

    private func startFixed() {
        fixedBase = fixed.base
        // One offset more than rows.
        rowCapacity = fixed.capacity / fixedWidth - (hasOffsets ? 1 : 0)
        if hasOffsets { fixedBase.storeBytes(of: 0, as: Int32.self) }
    }

    private func offset(_ row: Int) -> Int { Int(fixedBase.load(fromByteOffset: row * 4, as: Int32.self)) }

    @inlinable
    func appendOffset(_ end: Int) {
        precondition(end <= Int32.max, "a batch holds less than 2 GiB in a column")
        if count >= rowCapacity { growFixed() }
        (fixedBase + (count + 1) * 4).storeBytes(of: Int32(truncatingIfNeeded: end), as: Int32.self)
    }

    @inlinable
    func appendValid() {
        if nullCount > 0 { markValid() }
        count += 1
    }

    @usableFromInline
    func markValid() {
        validity.set(count, true)
    }

    private func discardOpenValue() {
        guard hasOffsets else { return }
        if let elements { elements.truncate(to: offset(count)) } else { byteCount = offset(count) }
    }

    @usableFromInline
    func growFixed() {
        let grown = AlignedBuffer(capacity: fixed.capacity * 2)
        grown.base.copyMemory(from: fixed.base, byteCount: fixed.capacity)
        fixed = grown
        fixedBase = grown.base
        rowCapacity = grown.capacity / fixedWidth - (hasOffsets ? 1 : 0)
    }

    @usableFromInline
    func growBytes(_ needed: Int) {
        let grown = AlignedBuffer(capacity: max(needed, (bytes?.capacity ?? 512) * 2))
        if let bytes { grown.base.copyMemory(from: bytes.base, byteCount: byteCount) }
        bytes = grown
        byteBase = grown.base
        byteCapacity = grown.capacity
    }
}
