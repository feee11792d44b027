#if canImport(Glibc)
    import Glibc
#endif

/// The string functions of cel-spec's `doc/extensions/strings.md`. Positions count code points.
enum StringFunctionKernels {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    static func mapASCII(_ isChanged: ClosedRange<UInt8>) -> @Sendable (Frame, Vector) -> Vector {
        { frame, text in
            let texts = text.texts
            return TextKernels.build(frame) { row, output in
                for byte in texts[row] { output.append(isChanged.contains(byte) ? byte ^ 0x20 : byte) }
                return nil
            }
        }
    }

    static func trim(_ frame: Frame, _ text: Vector) -> Vector {
        let texts = text.texts
        return TextKernels.build(frame) { row, output in
            var text = texts[row]
            while let first = Codepoint.first(text), Codepoint.isBlank(first.value) {
                text = Bytes(rebasing: text.dropFirst(first.length))
            }
            while let last = Codepoint.last(text), Codepoint.isBlank(last.value) {
                text = Bytes(rebasing: text.dropLast(last.length))
            }
            output.append(text)
            return nil
        }
    }

    static func characterAt(_ frame: Frame, _ operands: [Vector]) -> Vector {
        let (texts, positions) = (operands[0].texts, operands[1].ints)
        return TextKernels.build(frame) { row, output in
            let text = texts[row]
            guard let start = Codepoint.offset(positions[row], in: text) else { return .arguments }
            let rest = Bytes(rebasing: text[start...])
            if let first = Codepoint.first(rest) { output.append(Bytes(rebasing: rest.prefix(first.length))) }
            return nil
        }
    }

    static func substring(_ frame: Frame, _ operands: [Vector]) -> Vector {
        let (texts, starts) = (operands[0].texts, operands[1].ints)
        let ends = operands.count > 2 ? operands[2].ints : nil
        return TextKernels.build(frame) { row, output in
            let text = texts[row]
            guard let start = Codepoint.offset(starts[row], in: text) else { return .arguments }
            var end = text.count
            if let ends {
                guard let offset = Codepoint.offset(ends[row], in: text) else { return .arguments }
                end = offset
            }
            guard start <= end else { return .arguments }
            output.append(Bytes(rebasing: text[start..<end]))
            return nil
        }
    }

    /// `indexOf` and `lastIndexOf`, with an optional position to search from.
    static func index(isLast: Bool) -> @Sendable (Frame, [Vector]) -> Vector {
        { frame, operands in
            let (texts, parts) = (operands[0].texts, operands[1].texts)
            let starts = operands.count > 2 ? operands[2].ints : nil
            let output = NumberOutput<Int64>(rows: frame.rowCount)
            var recorder = FailureRecorder(frame)
            for row in 0..<frame.rowCount {
                output.values[row] = -1
                guard frame.active[row] else { continue }
                let (text, part) = (texts[row], parts[row])
                var start = isLast ? text.count : 0
                if let starts {
                    guard let offset = Codepoint.offset(starts[row], in: text) else {
                        recorder.fail(row, .arguments)
                        continue
                    }
                    start = offset
                }
                if let found = isLast ? findLast(text, part, from: start) : find(text, part, from: start) {
                    output.values[row] = Int64(TextKernels.characters(Bytes(rebasing: text[..<found])))
                }
            }
            return output.finish(as: .int, failures: recorder.finish())
        }
    }

    static func find(_ text: Bytes, _ part: Bytes, from start: Int) -> Int? {
        guard let partStart = part.baseAddress, part.count > 0 else { return start }
        guard let base = text.baseAddress, start + part.count <= text.count else { return nil }
        return TextKernels.find(base + start, text.count - start, partStart, part.count).map { $0 + start }
    }

    private static func findLast(_ text: Bytes, _ part: Bytes, from start: Int) -> Int? {
        var position = min(start, text.count - part.count)
        guard position >= 0, let base = text.baseAddress, let partStart = part.baseAddress else {
            return position >= 0 ? position : nil
        }
        while position >= 0 {
            if memcmp(base + position, partStart, part.count) == 0 { return position }
            position -= 1
        }
        return nil
    }

    /// `replace(old, new)` and `replace(old, new, limit)`; a negative limit is none.
    static func replace(_ frame: Frame, _ operands: [Vector]) -> Vector {
        let (texts, olds, news) = (operands[0].texts, operands[1].texts, operands[2].texts)
        let limits = operands.count > 3 ? operands[3].ints : nil
        return TextKernels.build(frame) { row, output in
            let (text, old, new) = (texts[row], olds[row], news[row])
            var left = limits.map { $0[row] } ?? -1
            var position = 0
            while left != 0, !output.isTooLarge, let found = find(text, old, from: position) {
                output.append(Bytes(rebasing: text[position..<found]))
                output.append(new)
                position = found + old.count
                left = left < 0 ? -1 : left - 1
                guard old.isEmpty else { continue }
                // Nothing is found before every character and at the end.
                guard let next = Codepoint.first(Bytes(rebasing: text[position...])) else { break }
                output.append(Bytes(rebasing: text[position..<position + next.length]))
                position += next.length
            }
            output.append(Bytes(rebasing: text[position...]))
            return nil
        }
    }

    /// `split(separator)` and `split(separator, limit)`: at most so many parts; a negative limit is none.
    static func split(_ frame: Frame, _ operands: [Vector]) -> Vector {
        let (texts, separators) = (operands[0].texts, operands[1].texts)
        let limits = operands.count > 2 ? operands[2].ints : nil
        guard operands[0].payload(frame.rowCount) <= Column.maximumPayload else {
            return .failing(frame, .tooLarge, .list(.string))
        }
        let builder = ColumnBuilder(.list(.string), capacity: frame.rowCount)
        for row in 0..<frame.rowCount {
            if frame.active[row], let parts = builder.elements {
                split(texts[row], separators[row], limit: limits.map { $0[row] } ?? -1, into: parts)
            }
            builder.appendList()
        }
        return Vector(builder.finish())
    }

    private static func split(_ text: Bytes, _ separator: Bytes, limit: Int64, into parts: ColumnBuilder) {
        guard limit != 0 else { return }
        var left = limit
        var position = 0
        while left != 1 {
            var end: Int?
            if separator.isEmpty {
                end = Codepoint.first(Bytes(rebasing: text[position...])).map { position + $0.length }
                if end == text.count || end == nil { break }
            } else {
                end = find(text, separator, from: position)
            }
            guard let end else { break }
            parts.append(Bytes(rebasing: text[position..<end]))
            position = end + separator.count
            left = left < 0 ? -1 : left - 1
        }
        if separator.isEmpty, position == text.count { return }
        parts.append(Bytes(rebasing: text[position...]))
    }

    /// `join()` and `join(separator)`.
    static func join(_ frame: Frame, _ operands: [Vector]) -> Vector {
        guard let lists = operands[0].column.asList, let elements = lists.elements.asBytes else {
            return TextKernels.build(frame) { _, _ in nil }
        }
        let separators = operands.count > 1 ? operands[1].texts : nil
        return TextKernels.build(frame) { row, output in
            let range = lists[operands[0].isConstant ? 0 : row]
            for position in range {
                if position > range.lowerBound, let separators { output.append(separators[row]) }
                output.append(elements[position])
            }
            return nil
        }
    }
}
