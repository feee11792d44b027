/// Lists and the members of structs.
enum ListKernels {
    static func size(_ frame: Frame, _ list: Vector) -> Vector {
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        guard let lists = list.column.asList else { return output.finish(as: .int) }
        for row in 0..<frame.rowCount { output.values[row] = Int64(lists[list.isConstant ? 0 : row].count) }
        return output.finish(as: .int)
    }

    /// `list[number]`.
    static func element(_ frame: Frame, _ list: Vector, _ index: Vector) -> Vector {
        guard let lists = list.column.asList else { return list }
        let lane = index.ints
        var recorder = FailureRecorder(frame)
        var positions = [UInt32](repeating: 0, count: frame.rowCount)
        for row in 0..<frame.rowCount where frame.active[row] {
            let range = lists[list.isConstant ? 0 : row]
            if lane[row] >= 0, lane[row] < range.count {
                positions[row] = UInt32(truncatingIfNeeded: range.lowerBound + Int(lane[row]))
            } else {
                recorder.fail(row, .index)
            }
        }
        // Rows without an element point at the first one, which must exist.
        let elements = lists.elements.count > 0 ? lists.elements : Column.oneNull(lists.elements.type)
        let taken = positions.withUnsafeBufferPointer { elements.takeIfSmall($0) }
        return frame.vector(taken, ExpressionType(elements.type)).adding(recorder.finish())
    }

    /// `list + list`.
    static func concatenate(_ element: DataType) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            build(frame, element, [left, right]) { row, builder in
                append(left, row, to: builder)
                append(right, row, to: builder)
            }
        }
    }

    /// `[a, b]`.
    static func list(of elements: [Kernel], _ element: DataType) -> Kernel {
        Kernel { frame in
            let vectors = elements.map { $0.run(frame) }
            var result = build(frame, element, vectors) { row, builder in
                for vector in vectors {
                    builder.append(from: vector.column, row: vector.isConstant ? 0 : row)
                }
            }
            result.failures = vectors.reduce(Failures()) { $0.merged($1.failures) }.merged(result.failures)
            return result
        }
    }

    private static func append(_ list: Vector, _ row: Int, to builder: ColumnBuilder) {
        guard let lists = list.column.asList else { return }
        for position in lists[list.isConstant ? 0 : row] { builder.append(from: lists.elements, row: position) }
    }

    private static func build(
        _ frame: Frame, _ element: DataType, _ parts: [Vector], _ write: (Int, ColumnBuilder) -> Void
    ) -> Vector {
        let payload = parts.reduce(0) { $0 + $1.payload(frame.rowCount) }
        guard payload <= Column.maximumPayload else {
            return .failing(frame, .tooLarge, .list(ExpressionType(element)))
        }
        let builder = ColumnBuilder(.list(element), capacity: frame.rowCount)
        for row in 0..<frame.rowCount {
            if frame.active[row], let elements = builder.elements { write(row, elements) }
            builder.appendList()
        }
        return Vector(builder.finish())
    }

    /// A member of a struct.
    static func member(_ index: Int) -> @Sendable (Frame, Vector) -> Vector {
        { _, parent in
            guard let column = parent.column.asStruct else { return parent }
            let child = column.children[index]
            return Vector(column.validity.map { child.masked(by: $0) } ?? child, isConstant: parent.isConstant)
        }
    }
}
