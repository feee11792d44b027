#if canImport(Glibc)
    import Glibc
#endif

extension Vector {
    /// The truth values of all rows of a frame, one bit each.
    func truth(_ frame: Frame) -> Words {
        guard case .bool(let column) = column else { return Words(rows: frame.rowCount) }
        guard isConstant else { return Words(column.bits, rows: frame.rowCount) }
        return column[0] ? .all(frame.rowCount) : Words(rows: frame.rowCount)
    }

    /// The rows that hold a value.
    func present(_ frame: Frame) -> Words {
        guard let validity = column.validity else { return .all(frame.rowCount) }
        if isConstant { return validity[0] ? .all(frame.rowCount) : Words(rows: frame.rowCount) }
        return Words(validity, rows: frame.rowCount)
    }

    init(_ truth: Words, failures: Failures = Failures()) {
        self.init(
            .bool(BoolColumn(count: truth.rowCount, bits: truth.bitmap, validity: nil)), failures: failures)
    }

    var ints: Lane<Int64> { Lane(column.asInt64?.values, isConstant) }
    var doubles: Lane<Double> { Lane(column.asFloat64?.values, isConstant) }
    var texts: BytesLane { BytesLane(column.asBytes, isConstant) }
}

extension Words {
    /// The bits of a bitmap, which keeps its memory alive.
    init(_ bitmap: Bitmap, rows: Int) {
        self.init(borrowing: bitmap.owner, rows: rows)
    }
}

/// The numbers of a vector.
struct Lane<Element: BitwiseCopyable> {
    let values: UnsafePointer<Element>
    let isConstant: Bool

    init(_ values: UnsafePointer<Element>?, _ isConstant: Bool) {
        // The checker gives every kernel operands of its own types.
        guard let values else { preconditionFailure("a kernel's operand has the kernel's type") }
        self.values = values
        self.isConstant = isConstant
    }

    subscript(row: Int) -> Element {
        @inline(__always) get { values[isConstant ? 0 : row] }
    }
}

/// The strings or bytes of a vector.
struct BytesLane {
    let column: BytesColumn
    let isConstant: Bool

    init(_ column: BytesColumn?, _ isConstant: Bool) {
        guard let column else { preconditionFailure("a kernel's operand has the kernel's type") }
        self.column = column
        self.isConstant = isConstant
    }

    subscript(row: Int) -> UnsafeBufferPointer<UInt8> {
        @inline(__always) get { column[isConstant ? 0 : row] }
    }
}

/// Runs an operation over two lanes in the tightest loop for their shapes.
@inline(__always)
func combine<Left: BitwiseCopyable, Right: BitwiseCopyable>(
    _ left: Lane<Left>, _ right: Lane<Right>, rows: Int, _ store: (Int, Left, Right) -> Void
) {
    let (first, second) = (left.values, right.values)
    switch (left.isConstant, right.isConstant) {
    case (false, false): for row in 0..<rows { store(row, first[row], second[row]) }
    case (false, true):
        let constant = second[0]
        for row in 0..<rows { store(row, first[row], constant) }
    case (true, false):
        let constant = first[0]
        for row in 0..<rows { store(row, constant, second[row]) }
    case (true, true): for row in 0..<rows { store(row, first[0], second[0]) }
    }
}

/// Tests two lanes against each other in the tightest loop for their shapes.
@inline(__always)
func compare<Left: BitwiseCopyable, Right: BitwiseCopyable>(
    _ left: Lane<Left>, _ right: Lane<Right>, rows: Int, _ test: (Left, Right) -> Bool
) -> Words {
    let (first, second) = (left.values, right.values)
    switch (left.isConstant, right.isConstant) {
    case (false, false): return Words(rows: rows) { test(first[$0], second[$0]) }
    case (false, true):
        let constant = second[0]
        return Words(rows: rows) { test(first[$0], constant) }
    case (true, false):
        let constant = first[0]
        return Words(rows: rows) { test(constant, second[$0]) }
    case (true, true):
        return test(first[0], second[0]) ? .all(rows) : Words(rows: rows)
    }
}

/// New memory for one number a row.
struct NumberOutput<Element: BitwiseCopyable> {
    let owner: AlignedBuffer
    let values: UnsafeMutablePointer<Element>
    let rowCount: Int

    init(rows: Int) {
        rowCount = rows
        owner = AlignedBuffer(capacity: rows * MemoryLayout<Element>.stride)
        values = owner.base.assumingMemoryBound(to: Element.self)
    }
}

extension NumberOutput<Int64> {
    func finish(as type: ExpressionType, failures: Failures = Failures()) -> Vector {
        let column = Int64Column(count: rowCount, owner: owner, validity: nil)
        return Vector(type == .timestamp ? .timestamp(column) : .int64(column), failures: failures)
    }
}

extension NumberOutput<Double> {
    func finish(failures: Failures = Failures()) -> Vector {
        Vector(.float64(Float64Column(count: rowCount, owner: owner, validity: nil)), failures: failures)
    }
}

/// Collects the rows for which a row-by-row kernel failed.
struct FailureRecorder {
    private(set) var failures = Failures()
    private var pending: (error: RowError, rows: Words)?
    private let rowCount: Int

    init(_ frame: Frame) { rowCount = frame.rowCount }

    mutating func fail(_ row: Int, _ error: RowError) {
        if pending?.error != error {
            flush()
            pending = (error, Words(rows: rowCount))
        }
        pending?.rows.set(row)
    }

    private mutating func flush() {
        if let pending { failures.add(pending.error, pending.rows) }
        pending = nil
    }

    mutating func finish() -> Failures {
        flush()
        return failures
    }
}

/// Writes one string or bytes value a row.
struct BytesOutput: ~Copyable {
    /// The most bytes a kernel may produce for one batch; rows beyond fail.
    static let maximumSize = 1 << 28

    private let offsetOwner: AlignedBuffer
    private let offsets: UnsafeMutablePointer<Int32>
    private var bytes: AlignedBuffer
    private var rowStart = 0
    private var end = 0
    private var row = 0
    private let rowCount: Int
    /// Whether the open row has outgrown the limit.
    private(set) var isTooLarge = false

    init(rows: Int, capacity: Int) {
        rowCount = rows
        offsetOwner = AlignedBuffer(capacity: (rows + 1) * 4)
        offsets = offsetOwner.base.assumingMemoryBound(to: Int32.self)
        offsets[0] = 0
        bytes = AlignedBuffer(capacity: min(capacity, Self.maximumSize))
    }

    mutating func append(_ part: UnsafeBufferPointer<UInt8>) {
        guard let source = part.baseAddress, part.count > 0, reserve(part.count) else { return }
        (bytes.base + end).copyMemory(from: source, byteCount: part.count)
        end += part.count
    }

    mutating func append(_ byte: UInt8) {
        guard reserve(1) else { return }
        bytes.base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// Ends the row; gives whether it fitted.
    mutating func finishRow() -> Bool {
        let fitted = !isTooLarge
        if isTooLarge { end = rowStart }
        isTooLarge = false
        row += 1
        // Safe: `end` never passes `maximumSize`.
        offsets[row] = Int32(truncatingIfNeeded: end)
        rowStart = end
        return fitted
    }

    consuming func finish(isString: Bool, failures: Failures = Failures()) -> Vector {
        let column = BytesColumn(count: rowCount, offsets: offsetOwner, bytes: bytes, validity: nil)
        return Vector(isString ? .string(column) : .bytes(column), failures: failures)
    }

    private mutating func reserve(_ count: Int) -> Bool {
        let needed = end + count
        if needed <= bytes.capacity { return true }
        guard needed <= Self.maximumSize, !isTooLarge else {
            isTooLarge = true
            return false
        }
        let grown = AlignedBuffer(capacity: max(needed, bytes.capacity * 2))
        grown.base.copyMemory(from: bytes.base, byteCount: end)
        bytes = grown
        return true
    }
}
