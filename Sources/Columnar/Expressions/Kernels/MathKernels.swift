/// The functions of cel-spec's math extension over numbers.
enum MathKernels {
    /// Rounds each double by a rule; halves of `round` go away from zero.
    static func rounded(_ rule: FloatingPointRoundingRule) -> @Sendable (Frame, Vector) -> Vector {
        { frame, value in doubles(frame, value) { $0.rounded(rule) } }
    }

    static func squareRoot(_ frame: Frame, _ value: Vector) -> Vector {
        doubles(frame, value) { $0.squareRoot() }
    }

    static func absoluteDouble(_ frame: Frame, _ value: Vector) -> Vector {
        doubles(frame, value) { $0.magnitude }
    }

    /// -1, 0 or 1; NaN stays NaN.
    static func signDouble(_ frame: Frame, _ value: Vector) -> Vector {
        doubles(frame, value) { $0 > 0 ? 1 : ($0 < 0 ? -1 : $0) }
    }

    static func signInteger(_ frame: Frame, _ value: Vector) -> Vector {
        integers(frame, value) { $0.signum() }
    }

    /// The smallest integer has no positive counterpart: overflow.
    static func absoluteInteger(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.ints
        var result = integers(frame, value) { $0 < 0 ? 0 &- $0 : $0 }
        let wrapped = Words(rows: frame.rowCount) { lane[$0] == .min }.intersection(frame.active)
        if !wrapped.isEmpty { result.failures.add(.overflow, wrapped) }
        return result
    }

    static func test(_ holds: @escaping @Sendable (Double) -> Bool) -> @Sendable (Frame, Vector) -> Vector {
        { frame, value in
            let lane = value.doubles
            return Vector(Words(rows: frame.rowCount) { holds(lane[$0]) })
        }
    }

    /// The larger or the smaller of two numbers of one type.
    static func extreme(isGreatest: Bool, _ type: ExpressionType) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            if type == .double {
                let output = NumberOutput<Double>(rows: frame.rowCount)
                combine(left.doubles, right.doubles, rows: frame.rowCount) { row, first, second in
                    output.values[row] = (first < second) == isGreatest ? second : first
                }
                return output.finish()
            }
            let output = NumberOutput<Int64>(rows: frame.rowCount)
            combine(left.ints, right.ints, rows: frame.rowCount) { row, first, second in
                output.values[row] = (first < second) == isGreatest ? second : first
            }
            return output.finish(as: type)
        }
    }

    @inline(__always)
    private static func doubles(_ frame: Frame, _ value: Vector, _ rule: (Double) -> Double) -> Vector {
        let lane = value.doubles
        let output = NumberOutput<Double>(rows: frame.rowCount)
        for row in 0..<frame.rowCount { output.values[row] = rule(lane[row]) }
        return output.finish()
    }

    @inline(__always)
    private static func integers(_ frame: Frame, _ value: Vector, _ rule: (Int64) -> Int64) -> Vector {
        let lane = value.ints
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        for row in 0..<frame.rowCount { output.values[row] = rule(lane[row]) }
        return output.finish(as: .int)
    }
}
