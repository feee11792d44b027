/// `&& || ! ?:` and presence. An error on one side does not matter where the other side decides.
enum LogicKernels {
    static func and(_ left: Kernel, _ right: Kernel) -> Kernel {
        Kernel { frame in
            let first = left.run(frame)
            return joined(first, right, frame, decidedBy: false)
        }
    }

    static func or(_ left: Kernel, _ right: Kernel) -> Kernel {
        Kernel { frame in
            let first = left.run(frame)
            return joined(first, right, frame, decidedBy: true)
        }
    }

    /// - Parameter decision: the truth value that settles the result alone.
    private static func joined(_ first: Vector, _ right: Kernel, _ frame: Frame, decidedBy decision: Bool) -> Vector {
        let truth = first.truth(frame)
        let failed = first.failures.rows
        // The right side matters only where the left has not decided.
        var open = decision ? frame.active.subtracting(truth) : frame.active.intersection(truth)
        if let failed { open = open.union(failed) }
        if open.isEmpty { return Vector(truth) }
        let second = right.run(frame.narrowed(open))
        let otherTruth = second.truth(frame)
        guard failed != nil || !second.failures.isEmpty else {
            return Vector(decision ? truth.union(otherTruth) : truth.intersection(otherTruth))
        }
        let none = Words(rows: frame.rowCount)
        let decided = decidedRows(truth, failed ?? none, decision)
            .union(decidedRows(otherTruth, second.failures.rows ?? none, decision))
        // Where neither side decided and one failed, the row fails.
        let unsettled = frame.active.subtracting(decided)
        return Vector(
            decision ? decided : decided.inverted(),
            failures: first.failures.merged(second.failures).intersection(unsettled))
    }

    private static func decidedRows(_ truth: Words, _ failed: Words, _ decision: Bool) -> Words {
        decision ? truth.subtracting(failed) : truth.combined(failed) { ~($0 | $1) }
    }

    static func not(_ frame: Frame, _ operand: Vector) -> Vector {
        Vector(operand.truth(frame).inverted())
    }

    static func conditional(_ test: Kernel, _ then: Kernel, _ otherwise: Kernel, _ type: ExpressionType) -> Kernel {
        Kernel { frame in
            let condition = test.run(frame)
            let truth = condition.truth(frame)
            var yes = frame.active.intersection(truth)
            var no = frame.active.subtracting(truth)
            if let failed = condition.failures.rows {
                yes = yes.subtracting(failed)
                no = no.subtracting(failed)
            }
            // One branch for all rows needs no merging.
            if no.isEmpty, !yes.isEmpty { return then.run(frame.narrowed(yes)).adding(condition.failures) }
            if yes.isEmpty, !no.isEmpty { return otherwise.run(frame.narrowed(no)).adding(condition.failures) }
            let first = then.run(frame.narrowed(yes))
            let second = otherwise.run(frame.narrowed(no))
            let failures = condition.failures.merged(first.failures.intersection(yes))
                .merged(second.failures.intersection(no))
            return merge(frame, yes, first, second, type).adding(failures)
        }
    }

    /// Takes each row from one of two vectors.
    private static func merge(
        _ frame: Frame, _ choice: Words, _ first: Vector, _ second: Vector, _ type: ExpressionType
    ) -> Vector {
        let rows = frame.rowCount
        if first.column.validity == nil, second.column.validity == nil {
            switch type {
            case .int, .duration, .timestamp:
                let output = NumberOutput<Int64>(rows: rows)
                let (one, other) = (first.ints, second.ints)
                for row in 0..<rows { output.values[row] = choice[row] ? one[row] : other[row] }
                return output.finish(as: type)
            case .double:
                let output = NumberOutput<Double>(rows: rows)
                let (one, other) = (first.doubles, second.doubles)
                for row in 0..<rows { output.values[row] = choice[row] ? one[row] : other[row] }
                return output.finish()
            case .bool:
                let (one, other) = (first.truth(frame).intersection(choice), second.truth(frame).subtracting(choice))
                return Vector(one.union(other))
            default: break
            }
        }
        guard first.payload(rows) + second.payload(rows) <= Column.maximumPayload else {
            return .failing(frame, .tooLarge, type)
        }
        let builder = ColumnBuilder(type.physical, capacity: rows)
        for row in 0..<rows {
            let source = choice[row] ? first : second
            if frame.active[row], source.column.type == type.physical {
                builder.append(from: source.column, row: source.isConstant ? 0 : row)
            } else {
                builder.appendNull()
            }
        }
        return Vector(builder.finish())
    }

    /// Which rows have a value, as truth values.
    static func isPresent(_ frame: Frame, _ operand: Vector) -> Vector {
        Vector(operand.present(frame))
    }

    /// Passes values on and turns missing ones into errors.
    static func require(_ operand: Kernel, _ error: RowError) -> Kernel {
        Kernel { frame in
            var vector = operand.run(frame)
            guard vector.column.validity != nil else { return vector }
            let missing = frame.active.subtracting(vector.present(frame))
            if !missing.isEmpty { vector.failures.add(error, missing) }
            return vector
        }
    }
}

extension Vector {
    func adding(_ more: Failures) -> Vector {
        var result = self
        result.failures = more.merged(failures)
        return result
    }
}
