#if canImport(Glibc)
    import Glibc
#endif

typealias Comparison = ExpressionNode.Binary

/// `== != < <= > >=`.
enum ComparisonKernels {
    static func integers(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        switch comparison {
        case .equal: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 == $1 }) }
        case .notEqual: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 != $1 }) }
        case .less: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 < $1 }) }
        case .lessOrEqual: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 <= $1 }) }
        case .greater: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 > $1 }) }
        default: { Vector(compare($1.ints, $2.ints, rows: $0.rowCount) { $0 >= $1 }) }
        }
    }

    static func doubles(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        switch comparison {
        case .equal: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 == $1 }) }
        case .notEqual: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 != $1 }) }
        case .less: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 < $1 }) }
        case .lessOrEqual: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 <= $1 }) }
        case .greater: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 > $1 }) }
        default: { Vector(compare($1.doubles, $2.doubles, rows: $0.rowCount) { $0 >= $1 }) }
        }
    }

    /// An integer on the left, a double on the right. The integer is rounded to a double first, as CEL's conformance
    /// cases have it beyond 2^53.
    static func mixed(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        switch comparison {
        case .equal: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) == $1 }) }
        case .notEqual: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) != $1 }) }
        case .less: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) < $1 }) }
        case .lessOrEqual: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) <= $1 }) }
        case .greater: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) > $1 }) }
        default: { Vector(compare($1.ints, $2.doubles, rows: $0.rowCount) { Double($0) >= $1 }) }
        }
    }

    @inline(__always)
    static func holds(_ comparison: Comparison, _ order: Int) -> Bool {
        switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        default: order >= 0
        }
    }

    static func truths(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            let (first, second) = (left.truth(frame), right.truth(frame))
            let result =
                switch comparison {
                case .equal: first.combined(second) { ~($0 ^ $1) }
                case .notEqual: first.combined(second) { $0 ^ $1 }
                case .less: first.combined(second) { ~$0 & $1 }
                case .lessOrEqual: first.combined(second) { ~$0 | $1 }
                case .greater: first.combined(second) { $0 & ~$1 }
                default: first.combined(second) { $0 | ~$1 }
                }
            return Vector(result)
        }
    }

    /// Strings by code point, which is the order of their UTF-8 bytes, and bytes by byte.
    static func texts(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            let (first, second) = (left.texts, right.texts)
            if comparison == .equal || comparison == .notEqual {
                let equal: Words
                if second.isConstant, !first.isConstant {
                    equal = equals(first.column, frame, second[0])
                } else if first.isConstant, !second.isConstant {
                    equal = equals(second.column, frame, first[0])
                } else {
                    equal = Words(rows: frame.rowCount) { row in
                        let (one, other) = (first[row], second[row])
                        return one.count == other.count && bytesEqual(one.baseAddress, other.baseAddress, one.count)
                    }
                }
                return Vector(comparison == .equal ? equal : equal.inverted())
            }
            return Vector(
                Words(rows: frame.rowCount) { row in
                    let (one, other) = (first[row], second[row])
                    var order = 0
                    if let start = one.baseAddress, let otherStart = other.baseAddress {
                        order = Int(memcmp(start, otherStart, min(one.count, other.count)))
                    }
                    return holds(comparison, order != 0 ? order : one.count - other.count)
                })
        }
    }

    /// Which rows of a column are one string. Lengths are looked at first; a short string is then one masked load.
    static func equals(_ column: BytesColumn, _ frame: Frame, _ constant: UnsafeBufferPointer<UInt8>) -> Words {
        let (offsets, bytes) = (column.offsets, column.bytes)
        let length = Int32(truncatingIfNeeded: constant.count)
        guard let start = constant.baseAddress, constant.count > 0 else {
            return Words(rows: frame.rowCount) { offsets[$0 + 1] == offsets[$0] }
        }
        if constant.count <= 8, column.byteOwner.capacity >= 8 {
            var pattern: UInt64 = 0
            memcpy(&pattern, start, constant.count)
            let unused = UInt64(8 - constant.count) * 8
            let lastLoad = Int32(truncatingIfNeeded: column.byteOwner.capacity - 8)
            let raw = UnsafeRawPointer(bytes)
            return Words(rows: frame.rowCount) { row in
                let position = offsets[row]
                guard offsets[row + 1] &- position == length else { return false }
                // Near the end of the buffer, load earlier and shift the bytes before the value out.
                let loadFrom = min(position, lastLoad)
                let shift = UInt64(truncatingIfNeeded: position &- loadFrom) &* 8
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: Int(loadFrom), as: UInt64.self))
                return ((word &>> shift) ^ pattern) &<< unused == 0
            }
        }
        return Words(rows: frame.rowCount) { row in
            let position = offsets[row]
            return offsets[row + 1] &- position == length && memcmp(bytes + Int(position), start, Int(length)) == 0
        }
    }

    /// Lists, element by element.
    static func lists(_ comparison: Comparison) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            Vector(
                Words(rows: frame.rowCount) { row in
                    guard frame.active[row] else { return false }
                    let equal = valuesEqual(
                        left.column, left.isConstant ? 0 : row, right.column, right.isConstant ? 0 : row)
                    return equal == (comparison == .equal)
                })
        }
    }

    /// Whether two values are equal, whatever their type; numbers of different types by their value.
    static func valuesEqual(_ left: Column, _ row: Int, _ right: Column, _ otherRow: Int) -> Bool {
        guard left.isValid(row), right.isValid(otherRow) else { return left.isValid(row) == right.isValid(otherRow) }
        switch (left, right) {
        case (.bool(let left), .bool(let right)): return left[row] == right[otherRow]
        case (.int64(let left), .int64(let right)), (.timestamp(let left), .timestamp(let right)):
            return left.values[row] == right.values[otherRow]
        case (.float64(let left), .float64(let right)): return left.values[row] == right.values[otherRow]
        case (.int64(let left), .float64(let right)):
            return Double(left.values[row]) == right.values[otherRow]
        case (.float64(let left), .int64(let right)):
            return left.values[row] == Double(right.values[otherRow])
        case (.string(let left), .string(let right)), (.bytes(let left), .bytes(let right)):
            let (one, other) = (left[row], right[otherRow])
            return one.count == other.count && bytesEqual(one.baseAddress, other.baseAddress, one.count)
        case (.list(let left), .list(let right)):
            let (ours, theirs) = (left[row], right[otherRow])
            return ours.count == theirs.count
                && zip(ours, theirs).allSatisfy { valuesEqual(left.elements, $0, right.elements, $1) }
        case (.struct(let left), .struct(let right)):
            return left.children.count == right.children.count
                && zip(left.children, right.children).allSatisfy { valuesEqual($0, row, $1, otherRow) }
        default: return false
        }
    }

    @inline(__always)
    static func bytesEqual(_ left: UnsafePointer<UInt8>?, _ right: UnsafePointer<UInt8>?, _ count: Int) -> Bool {
        guard count > 0, let left, let right else { return count == 0 }
        return memcmp(left, right, count) == 0
    }

    /// Corrects an equality computed without regard to nulls: null equals null and nothing else.
    static func withNulls(
        _ comparison: Comparison, _ kernel: @escaping @Sendable (Frame, Vector, Vector) -> Vector
    ) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            var result = kernel(frame, left, right)
            let (first, second) = (left.present(frame), right.present(frame))
            let truth = result.truth(frame)
            let both = first.intersection(second)
            let neither = first.combined(second) { ~($0 | $1) }
            let corrected =
                comparison == .equal
                ? truth.intersection(both).union(neither)
                : truth.intersection(both).union(first.combined(second) { $0 ^ $1 })
            result.column = Vector(corrected).column
            return result
        }
    }
}
