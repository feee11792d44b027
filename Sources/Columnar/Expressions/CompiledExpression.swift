/// An expression whose columns and types are known, as a chain of column kernels. It may be used by several threads.
package struct CompiledExpression: Sendable {
    /// The type of the resulting column. A duration is `int64`, in microseconds.
    package let type: DataType
    /// Whether a row may come out without a value (and without an error).
    package let isNullable: Bool
    /// Whether the numbers are a duration in microseconds.
    package let isDuration: Bool
    /// The columns read, each once, in the order of the source.
    package let fieldPaths: [FieldPath]
    private let kernel: Kernel
    /// The error of a row for which a condition has no value.
    private let missing: RowError

    /// The names of the columns read.
    package var paths: Set<String> { Set(fieldPaths.map(\.field.name)) }

    /// Parses and checks an expression.
    package static func compile(_ source: String, schema: Schema) throws(ExpressionFault) -> CompiledExpression {
        try compile(node: CEL.parse(source).root, schema: schema)
    }

    /// Checks an expression that is part of a parsed one.
    package static func compile(
        node: ExpressionNode, schema: Schema
    ) throws(ExpressionFault) -> CompiledExpression {
        var checker = ExpressionChecker(schema: schema)
        let operand = try checker.check(node)
        guard operand.type != .null else {
            throw .type("expression is always null", at: node.offset, hint: "give it a value of some type")
        }
        return CompiledExpression(
            type: operand.type.physical, isNullable: operand.isNullable, isDuration: operand.type == .duration,
            fieldPaths: checker.paths, kernel: operand.kernel, missing: .noValue(operand.name))
    }

    /// What an expression gives for a batch.
    package struct Evaluated: Sendable {
        /// One value a physical row; rows that are not selected or that failed hold any valid value.
        package let column: Column
        /// `nil`: every selected row has its value.
        package let errors: RowErrors?
    }

    /// Computes the expression for every selected row. A path alone gives its column itself, not a copy.
    package func evaluate(_ batch: RecordBatch) -> Evaluated {
        let frame = Frame(batch)
        let vector = kernel.run(frame).spread(frame)
        return Evaluated(
            column: vector.column,
            errors: vector.failures.isEmpty ? nil : RowErrors(vector.failures, active: frame.active))
    }

    /// Keeps the selected rows for which a truth expression is true. A row without a value is an error.
    ///
    /// The expression's type must be `bool`.
    package func select(_ batch: RecordBatch) -> (kept: SelectionVector, errors: RowErrors?) {
        precondition(type == .bool, "rows are selected by a truth value")
        let frame = Frame(batch)
        let vector = kernel.run(frame)
        var failures = vector.failures
        var kept = frame.active.intersection(vector.truth(frame))
        if let validity = vector.column.validity, !vector.isConstant {
            failures.add(missing, frame.active.subtracting(validity))
        }
        if let failed = failures.rows { kept = kept.subtracting(failed) }
        return (kept.selection(), failures.isEmpty ? nil : RowErrors(failures, active: frame.active))
    }
}
