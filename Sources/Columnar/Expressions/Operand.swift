/// A checked part of an expression.
struct Operand {
    var kernel: Kernel
    var type: ExpressionType
    /// Whether a row may lack a value without being an error.
    var isNullable = false
    /// Whether the value depends on the row, by a column.
    var readsRows = false
    /// The levels of the macros whose variables the value depends on.
    var variables: Set<Int> = []
    /// The value, if it is the same for all rows and no error; one row.
    var constant: Column?
    /// Whether `dyn()` asked for types to be settled by value: different types are then unequal, not a fault.
    var isDynamic = false
    var offset: Int
    /// The path in the source, for messages.
    var name: String?

    var isConstant: Bool { !readsRows && variables.isEmpty }

    /// A part computed from others.
    init(_ kernel: Kernel, _ type: ExpressionType, from parts: [Operand], offset: Int) {
        self.kernel = kernel
        self.type = type
        self.offset = offset
        for part in parts {
            readsRows = readsRows || part.readsRows
            variables.formUnion(part.variables)
        }
    }

    /// A value written in the source.
    init(constant: Column, _ type: ExpressionType, offset: Int) {
        kernel = .constant(constant)
        self.type = type
        self.constant = constant
        self.offset = offset
    }

    /// The same operand, every missing value being an error.
    func required() throws(ExpressionFault) -> Operand {
        if type == .null {
            throw .type(
                "null has no value to work with", at: offset, hint: "null can be compared with `==` and `!=` only")
        }
        guard isNullable else { return self }
        var result = self
        result.kernel = LogicKernels.require(kernel, .noValue(name))
        result.isNullable = false
        result.constant = nil
        return result
    }

    /// Computes a constant part once and for all; another part stays as it is.
    func folded() throws(ExpressionFault) -> Operand {
        guard isConstant, constant == nil else { return self }
        let vector = kernel.run(.unit())
        guard vector.column.payload(0..<1) <= CEL.maximumLength else {
            throw ExpressionFault(
                "expression.limit", "constant is larger than \(CEL.maximumLength) bytes", offset: offset)
        }
        var result = self
        if let error = vector.failures.kinds.first?.error {
            result.kernel = .constant(Column.oneNull(type.physical), failing: error)
        } else {
            result.kernel = .constant(vector.column)
            result.constant = vector.column
        }
        return result
    }

    /// The same value under another type of the same meaning: null or an empty list take any.
    func coerced(to target: ExpressionType) -> Operand {
        guard type != target else { return self }
        var result = self
        switch (type, target) {
        case (.null, _):
            result.kernel = .constant(Column.oneNull(target.physical))
            result.constant = nil
            result.isNullable = true
        case (.list, .list) where type.isEmptyList:
            result.kernel = Self.emptied(kernel, target)
            result.constant = constant.map { _ in Self.emptyList(target) }
            if result.constant != nil { result.kernel = .constant(Self.emptyList(target)) }
        default: break
        }
        result.type = target
        return result
    }

    private static func emptied(_ kernel: Kernel, _ target: ExpressionType) -> Kernel {
        Kernel(kernel) { frame, _ in Vector(emptyList(target), isConstant: true) }
    }

    private static func emptyList(_ type: ExpressionType) -> Column {
        let builder = ColumnBuilder(type.physical)
        builder.appendList()
        return builder.finish()
    }
}

extension ExpressionType {
    /// Whether values of this type can only be lists without elements.
    var isEmptyList: Bool { self == .list(.any) }
}
