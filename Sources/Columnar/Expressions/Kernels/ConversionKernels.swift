import Primitives

/// `int() double() string() bool() bytes() timestamp() duration()`.
enum ConversionKernels {
    static func doubleFromInteger(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.ints
        let output = NumberOutput<Double>(rows: frame.rowCount)
        for row in 0..<frame.rowCount { output.values[row] = Double(lane[row]) }
        return output.finish()
    }

    static func doubleFromText(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.texts
        let output = NumberOutput<Double>(rows: frame.rowCount)
        let failures = failing(frame) { row in
            output.values[row] = 0
            guard frame.active[row] else { return nil }
            guard let number = Double(String(decoding: lane[row], as: UTF8.self)) else { return .conversion }
            output.values[row] = number
            return nil
        }
        return output.finish(failures: failures)
    }

    /// Cuts the fraction off; the ends of the range are errors, as they have been rounded.
    static func integerFromDouble(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.doubles
        return integers(frame) { row in
            let number = lane[row]
            return number > -0x1p63 && number < 0x1p63 ? Int64(number) : nil
        }
    }

    /// Refuses negative numbers.
    static func unsigned(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.ints
        return integers(frame) { lane[$0] >= 0 ? lane[$0] : nil }
    }

    /// The same, keeping the failures of a conversion before.
    static func unsigned(_ frame: Frame, _ value: Vector, kept: Bool) -> Vector {
        unsigned(frame, value).adding(value.failures)
    }

    static func integerFromText(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.texts
        return integers(frame) { integer(lane[$0]) }
    }

    private static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard ExpressionLexer.isDigit(byte) else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards, where one more number fits.
            let (sum, overflowed) = scaled.subtractingReportingOverflow(Int64(byte - 48))
            if overflow || overflowed { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// Whole seconds since the epoch.
    static func integerFromTimestamp(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.ints
        return integers(frame) { lane[$0].dividedDown(by: 1_000_000) }
    }

    static func timestampFromSeconds(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.ints
        let scaled = integers(frame, error: .timeRange) { row in
            let (product, overflow) = lane[row].multipliedReportingOverflow(by: 1_000_000)
            return overflow ? nil : product
        }
        return TimeArithmetic.checked(scaled, frame, as: .timestamp)
    }

    static func timestampFromText(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.texts
        let parsed = integers(frame) { Timestamp.parse(lane[$0]) }
        return TimeArithmetic.checked(parsed, frame, as: .timestamp).adding(parsed.failures)
    }

    static func durationFromText(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.texts
        return integers(frame) { DurationText.parse(lane[$0]) }
    }

    static func truthFromText(_ frame: Frame, _ value: Vector) -> Vector {
        let lane = value.texts
        let truth = Words(rows: frame.rowCount)
        let failures = failing(frame) { row in
            guard frame.active[row] else { return nil }
            switch String(decoding: lane[row], as: UTF8.self) {
            case "1", "t", "T", "true", "TRUE", "True": truth.set(row)
            case "0", "f", "F", "false", "FALSE", "False": break
            default: return .conversion
            }
            return nil
        }
        return Vector(truth, failures: failures)
    }

    static func textFrom(_ type: ExpressionType) -> @Sendable (Frame, Vector) -> Vector {
        { frame, value in
            switch type {
            case .bool:
                let truth = value.truth(frame)
                return TextKernels.build(frame) { row, output in
                    output.append(truth[row] ? "true" : "false")
                    return nil
                }
            case .double:
                let lane = value.doubles
                return TextKernels.build(frame) { row, output in
                    output.append(text(lane[row]))
                    return nil
                }
            case .timestamp:
                let lane = value.ints
                return TextKernels.build(frame) { row, output in
                    output.append(Timestamp.format(lane[row]))
                    return nil
                }
            case .duration:
                let lane = value.ints
                return TextKernels.build(frame) { row, output in
                    DurationText.append(lane[row], to: &output)
                    return nil
                }
            case .bytes:
                let lane = value.texts
                return TextKernels.build(frame) { row, output in
                    guard String(validating: lane[row], as: UTF8.self) != nil else { return .conversion }
                    output.append(lane[row])
                    return nil
                }
            default:
                let lane = value.ints
                return TextKernels.build(frame) { row, output in
                    output.append(String(lane[row]))
                    return nil
                }
            }
        }
    }

    /// A string's bytes, or bytes known to be a string, under the other type.
    static func bytesFromText(_ frame: Frame, _ value: Vector) -> Vector {
        guard let column = value.column.asBytes else { return value }
        return Vector(.bytes(column), isConstant: value.isConstant)
    }

    /// The shortest text that reads back as the same number, whole numbers without a point.
    private static func text(_ number: Double) -> String {
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    @inline(__always)
    private static func failing(_ frame: Frame, _ body: (Int) -> RowError?) -> Failures {
        var recorder = FailureRecorder(frame)
        for row in 0..<frame.rowCount {
            if let error = body(row) { recorder.fail(row, error) }
        }
        return recorder.finish()
    }

    @inline(__always)
    private static func integers(
        _ frame: Frame, error: RowError = .conversion, _ value: (Int) -> Int64?
    ) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        let failures = failing(frame) { row in
            output.values[row] = 0
            guard frame.active[row] else { return nil }
            guard let value = value(row) else { return error }
            output.values[row] = value
            return nil
        }
        return output.finish(as: .int, failures: failures)
    }
}
