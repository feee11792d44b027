/// What a kernel computes for the rows of a frame.
struct Vector {
    /// One value a row, or one value for all of them if `isConstant`. Failed and inactive rows hold any valid value.
    var column: Column
    var isConstant = false
    /// Active rows that have no value because something went wrong.
    var failures = Failures()

    init(_ column: Column, isConstant: Bool = false, failures: Failures = Failures()) {
        self.column = column
        self.isConstant = isConstant
        self.failures = failures
    }

    /// How far to go in the column from one row to the next: nowhere in a constant.
    var step: Int { isConstant ? 0 : 1 }
}

/// One compiled step: computes a column for a frame. A closure a batch, never a closure a row.
struct Kernel: Sendable {
    let run: @Sendable (Frame) -> Vector

    init(_ run: @escaping @Sendable (Frame) -> Vector) {
        self.run = run
    }

    /// A step over one operand; failures of the operand stay.
    init(_ operand: Kernel, _ body: @escaping @Sendable (Frame, Vector) -> Vector) {
        self.init { frame in
            let value = operand.run(frame)
            var result = body(frame, value)
            result.failures = value.failures.merged(result.failures)
            return result
        }
    }

    /// A step over two operands; failures of both stay.
    init(_ left: Kernel, _ right: Kernel, _ body: @escaping @Sendable (Frame, Vector, Vector) -> Vector) {
        self.init { frame in
            let first = left.run(frame)
            let second = right.run(frame)
            var result = body(frame, first, second)
            result.failures = first.failures.merged(second.failures).merged(result.failures)
            return result
        }
    }

    /// A step over any number of operands; failures of all stay.
    init(_ operands: [Kernel], _ body: @escaping @Sendable (Frame, [Vector]) -> Vector) {
        self.init { frame in
            let values = operands.map { $0.run(frame) }
            var result = body(frame, values)
            result.failures = values.reduce(Failures()) { $0.merged($1.failures) }.merged(result.failures)
            return result
        }
    }

    static func constant(_ column: Column, failing error: RowError? = nil) -> Kernel {
        Kernel { frame in
            var vector = Vector(column, isConstant: true)
            if let error { vector.failures.add(error, frame.active) }
            return vector
        }
    }
}

extension Failures {
    func merged(_ other: Failures) -> Failures {
        if other.isEmpty { return self }
        var result = self
        result.merge(other)
        return result
    }
}

/// The rows that kernels work on: those of a batch, or inside a macro the elements of lists.
final class Frame {
    let batch: RecordBatch
    let rowCount: Int
    /// The rows whose values matter; kernels may leave the others out.
    let active: Words
    /// Inside a macro: the frame of the rows, and for each element its row there.
    private let outer: (frame: Frame, rows: UnsafeBufferPointer<UInt32>)?
    /// Inside a macro: its variable, one value an element.
    private let variable: Column?
    private let level: Int

    init(_ batch: RecordBatch) {
        self.batch = batch
        rowCount = batch.rowCount
        if let selection = batch.selection {
            active = Words(rows: rowCount)
            for row in selection.rows { active.set(Int(row)) }
        } else {
            active = .all(rowCount)
        }
        outer = nil
        variable = nil
        level = 0
    }

    private init(_ frame: Frame, active: Words) {
        batch = frame.batch
        rowCount = frame.rowCount
        self.active = active
        outer = frame.outer
        variable = frame.variable
        level = frame.level
    }

    /// The elements of lists as rows.
    /// - Parameter rows: for each element its row in `frame`; must outlive the new frame.
    init(elements: Column, of frame: Frame, rows: UnsafeBufferPointer<UInt32>) {
        batch = frame.batch
        rowCount = rows.count
        active = .all(rows.count)
        outer = (frame, rows)
        variable = elements
        level = frame.level + 1
    }

    /// The same rows, fewer of which matter.
    func narrowed(_ active: Words) -> Frame { Frame(self, active: active) }

    /// One row without columns: where constants are computed.
    static func unit() -> Frame {
        Frame(RecordBatch(schema: Schema([]), columns: [], rowCount: 1))
    }

    /// The column at a path, one value a row of this frame; `nil` if that would be too large.
    func column(at path: FieldPath) -> Column? {
        guard let outer else { return batch.column(at: path) }
        return outer.frame.column(at: path)?.takeIfSmall(outer.rows)
    }

    /// The variable of the macro at a level, one value a row of this frame; `nil` if that would be too large.
    func variable(level: Int) -> Column? {
        if level == self.level, let variable { return variable }
        guard let outer else { preconditionFailure("a variable is used inside its macro") }
        return outer.frame.variable(level: level)?.takeIfSmall(outer.rows)
    }

    /// A column that may have been too large to make.
    func vector(_ column: Column?, _ type: ExpressionType) -> Vector {
        guard let column else { return .failing(self, .tooLarge, type) }
        return Vector(column)
    }
}
