extension ExpressionChecker {
    /// The signatures of the string functions: what they are called on, then what they take, then how many of those
    /// may be left out.
    private static let stringFunctions:
        [String: (parameters: [ExpressionType], optional: Int, result: ExpressionType)] =
            [
                "lowerAscii": ([.string], 0, .string), "upperAscii": ([.string], 0, .string),
                "trim": ([.string], 0, .string), "charAt": ([.string, .int], 0, .string),
                "substring": ([.string, .int, .int], 1, .string), "indexOf": ([.string, .string, .int], 1, .int),
                "lastIndexOf": ([.string, .string, .int], 1, .int),
                "replace": ([.string, .string, .string, .int], 1, .string),
                "split": ([.string, .string, .int], 1, .list(.string)),
                "join": ([.list(.string), .string], 1, .string),
            ]

    /// Checks a call of a string function; `nil` if the name is none.
    func stringFunction(
        _ name: String, _ operands: [Operand], _ offset: Int
    ) throws(ExpressionFault) -> Operand? {
        guard let signature = Self.stringFunctions[name] else { return nil }
        // The first operand is the text itself and not counted where the count is wrong.
        let most = signature.parameters.count
        try expect(Array(operands.dropFirst()), most - 1 - signature.optional...most - 1, name, offset)
        var kernels: [Kernel] = []
        for (operand, parameter) in zip(operands, signature.parameters) {
            guard operand.type.unified(with: parameter) == parameter else {
                throw .type(
                    "`\(name)` needs \(article(parameter)) here, not \(article(operand.type))", at: operand.offset,
                    hint: conversionHint(operand.type, parameter))
            }
            kernels.append(operand.coerced(to: parameter).kernel)
        }
        let kernel: Kernel
        switch name {
        case "lowerAscii":
            kernel = Kernel(kernels[0], StringFunctionKernels.mapASCII(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        case "upperAscii":
            kernel = Kernel(kernels[0], StringFunctionKernels.mapASCII(UInt8(ascii: "a")...UInt8(ascii: "z")))
        case "trim": kernel = Kernel(kernels[0], StringFunctionKernels.trim)
        case "charAt": kernel = Kernel(kernels, StringFunctionKernels.characterAt)
        case "substring": kernel = Kernel(kernels, StringFunctionKernels.substring)
        case "indexOf": kernel = Kernel(kernels, StringFunctionKernels.index(isLast: false))
        case "lastIndexOf": kernel = Kernel(kernels, StringFunctionKernels.index(isLast: true))
        case "replace": kernel = Kernel(kernels, StringFunctionKernels.replace)
        case "split": kernel = Kernel(kernels, StringFunctionKernels.split)
        default: kernel = Kernel(kernels, StringFunctionKernels.join)
        }
        return Operand(kernel, signature.result, from: operands, offset: offset)
    }
}
