/// Whole numbers: overflow and division by zero are errors of their rows.
enum IntegerKernels {
    static func add(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        let target = output.values
        // The sign of the sum differs from the signs of both parts exactly when it has wrapped.
        var wrapped: Int64 = 0
        combine(left.ints, right.ints, rows: frame.rowCount) { row, first, second in
            let sum = first &+ second
            wrapped |= (first ^ sum) & (second ^ sum)
            target[row] = sum
        }
        return output.finish(
            as: .int,
            failures: failures(frame, wrapped < 0, left, right, .overflow) { first, second in
                first.addingReportingOverflow(second).overflow
            })
    }

    static func subtract(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        let target = output.values
        var wrapped: Int64 = 0
        combine(left.ints, right.ints, rows: frame.rowCount) { row, first, second in
            let difference = first &- second
            wrapped |= (first ^ second) & (first ^ difference)
            target[row] = difference
        }
        return output.finish(
            as: .int,
            failures: failures(frame, wrapped < 0, left, right, .overflow) { first, second in
                first.subtractingReportingOverflow(second).overflow
            })
    }

    /// Numbers that may not become negative.
    static func subtractUnsigned(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        var result = subtract(frame, left, right)
        result.failures.merge(failures(frame, true, left, right, .overflow) { $0 < $1 })
        return result
    }

    static func multiply(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        let target = output.values
        var hasOverflow = false
        combine(left.ints, right.ints, rows: frame.rowCount) { row, first, second in
            let (product, overflow) = first.multipliedReportingOverflow(by: second)
            hasOverflow = hasOverflow || overflow
            target[row] = product
        }
        return output.finish(
            as: .int,
            failures: failures(frame, hasOverflow, left, right, .overflow) { first, second in
                first.multipliedReportingOverflow(by: second).overflow
            })
    }

    static func divide(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        divided(frame, left, right) { $0.dividedReportingOverflow(by: $1) }
    }

    static func remainder(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        divided(frame, left, right) { $0.remainderReportingOverflow(dividingBy: $1) }
    }

    static func negate(_ frame: Frame, _ operand: Vector) -> Vector {
        let zero = ColumnBuilder(.int64)
        zero.append(Int64(0))
        return subtract(frame, Vector(zero.finish(), isConstant: true), operand)
    }

    /// Both operations report an overflow for a divisor of zero, and for the smallest number by minus one.
    @inline(__always)
    private static func divided(
        _ frame: Frame, _ left: Vector, _ right: Vector,
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        let target = output.values
        var hasFault = false
        combine(left.ints, right.ints, rows: frame.rowCount) { row, first, second in
            let (result, overflow) = operation(first, second)
            hasFault = hasFault || overflow
            target[row] = result
        }
        var failures = failures(frame, hasFault, left, right, .divisionByZero) { _, second in second == 0 }
        failures.merge(
            self.failures(frame, hasFault, left, right, .overflow) { $1 == -1 && $0 == .min })
        return output.finish(as: .int, failures: failures)
    }

    /// Looks again at every row, once it is known that some row has a fault.
    @inline(__always)
    private static func failures(
        _ frame: Frame, _ hasFault: Bool, _ left: Vector, _ right: Vector, _ error: RowError,
        _ isFault: (Int64, Int64) -> Bool
    ) -> Failures {
        var failures = Failures()
        guard hasFault else { return failures }
        failures.add(
            error, compare(left.ints, right.ints, rows: frame.rowCount, isFault).intersection(frame.active))
        return failures
    }
}

/// Floating-point numbers, by IEEE 754: nothing is an error.
enum DoubleKernels {
    static func add(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector { apply(frame, left, right) { $0 + $1 } }
    static func subtract(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        apply(frame, left, right) { $0 - $1 }
    }
    static func multiply(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        apply(frame, left, right) { $0 * $1 }
    }
    static func divide(_ frame: Frame, _ left: Vector, _ right: Vector) -> Vector {
        apply(frame, left, right) { $0 / $1 }
    }

    static func negate(_ frame: Frame, _ operand: Vector) -> Vector {
        let output = NumberOutput<Double>(rows: frame.rowCount)
        let lane = operand.doubles
        for row in 0..<frame.rowCount { output.values[row] = -lane[row] }
        return output.finish()
    }

    @inline(__always)
    private static func apply(
        _ frame: Frame, _ left: Vector, _ right: Vector, _ operation: (Double, Double) -> Double
    ) -> Vector {
        let output = NumberOutput<Double>(rows: frame.rowCount)
        let target = output.values
        combine(left.doubles, right.doubles, rows: frame.rowCount) { target[$0] = operation($1, $2) }
        return output.finish()
    }
}

/// Timestamps and durations, both in microseconds.
enum TimeArithmetic {
    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z, the range of CEL's timestamps.
    static let timestampRange: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999
    /// About 292 years, what 64 bits of nanoseconds hold: the range that CEL's conformance cases ask of durations.
    static let durationRange: ClosedRange<Int64> = -9_223_372_036_854_775...9_223_372_036_854_775

    static func add(_ type: ExpressionType) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { checked(IntegerKernels.add($0, $1, $2), $0, as: type) }
    }

    static func subtract(_ type: ExpressionType) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { checked(IntegerKernels.subtract($0, $1, $2), $0, as: type) }
    }

    /// Gives numbers a time type; those outside its range are errors.
    static func checked(_ numbers: Vector, _ frame: Frame, as type: ExpressionType) -> Vector {
        guard let column = numbers.column.asInt64 else { return numbers }
        let range = type == .timestamp ? timestampRange : durationRange
        let values = column.values
        var outside = Failures()
        outside.add(
            .timeRange, Words(rows: frame.rowCount) { !range.contains(values[$0]) }.intersection(frame.active))
        // Overflow of the 64 bits is out of range, too; one message says both.
        if let overflowed = numbers.failures.rows { outside.add(.timeRange, overflowed) }
        return Vector(type == .timestamp ? .timestamp(column) : .int64(column), failures: outside)
    }
}
