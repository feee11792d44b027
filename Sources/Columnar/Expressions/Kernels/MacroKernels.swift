/// `exists all exists_one filter map`: the body runs once over the elements of all rows' lists.
enum MacroKernels {
    /// The most elements that one macro looks at in one batch.
    private static let maximumElements = 1 << 22

    /// The elements of the active rows, one after another.
    private struct Expansion {
        let elements: Column
        /// The row of each element.
        let rows: [UInt32]
        /// Where each row's elements start; one more at the end.
        let starts: [Int]

        init?(_ list: Vector, _ frame: Frame) {
            guard let lists = list.column.asList else { return nil }
            var positions: [UInt32] = []
            var rows: [UInt32] = []
            var starts = [0]
            starts.reserveCapacity(frame.rowCount + 1)
            for row in 0..<frame.rowCount {
                if frame.active[row] {
                    let range = lists[list.isConstant ? 0 : row]
                    guard positions.count + range.count <= maximumElements else { return nil }
                    for position in range {
                        positions.append(UInt32(truncatingIfNeeded: position))
                        rows.append(UInt32(truncatingIfNeeded: row))
                    }
                }
                starts.append(positions.count)
            }
            // Where the lists lie close together, their elements already are the column wanted.
            if !list.isConstant, positions.count == lists.elements.count,
                positions.first == 0 || positions.isEmpty
            {
                elements = lists.elements
            } else {
                guard let taken = positions.withUnsafeBufferPointer({ lists.elements.takeIfSmall($0) }) else {
                    return nil
                }
                elements = taken
            }
            self.rows = rows
            self.starts = starts
        }

        /// Runs a body over the elements.
        func run<Result>(_ frame: Frame, _ body: (Frame) -> Result) -> Result {
            rows.withUnsafeBufferPointer { body(Frame(elements: elements, of: frame, rows: $0)) }
        }
    }

    /// `exists` and `all`: an element that decides outweighs elements that fail.
    static func quantifier(_ list: Kernel, _ body: Kernel, decidedBy decision: Bool) -> Kernel {
        folding(list, .bool) { frame, expansion in
            let truth = Words(rows: frame.rowCount)
            var recorder = FailureRecorder(frame)
            expansion.run(frame) { inner in
                let result = body.run(inner)
                let (values, failed) = (result.truth(inner), result.failures.rows)
                for row in 0..<frame.rowCount {
                    var isDecided = false
                    var error: RowError?
                    for element in expansion.starts[row]..<expansion.starts[row + 1] {
                        if let failed, failed[element] {
                            if error == nil { error = result.failures.error(at: element) }
                        } else if values[element] == decision {
                            isDecided = true
                            break
                        }
                    }
                    if isDecided == decision { truth.set(row) }
                    if !isDecided, let error { recorder.fail(row, error) }
                }
            }
            return Vector(truth, failures: recorder.finish())
        }
    }

    /// `exists_one`: any element that fails makes its row fail.
    static func existsOne(_ list: Kernel, _ body: Kernel) -> Kernel {
        folding(list, .bool) { frame, expansion in
            let truth = Words(rows: frame.rowCount)
            var failures = Failures()
            expansion.run(frame) { inner in
                let result = body.run(inner)
                let values = result.truth(inner)
                for row in 0..<frame.rowCount {
                    var count = 0
                    for element in expansion.starts[row]..<expansion.starts[row + 1] where values[element] {
                        count += 1
                    }
                    if count == 1 { truth.set(row) }
                }
                failures = outerFailures(result.failures, expansion, frame)
            }
            return Vector(truth, failures: failures)
        }
    }

    /// `filter`, and `map` with or without a condition.
    static func list(
        _ list: Kernel, condition: Kernel?, _ body: Kernel?, _ element: ExpressionType
    ) -> Kernel {
        folding(list, .list(element)) { frame, expansion in
            expansion.run(frame) { inner in
                var failures = Failures()
                var kept = inner.active
                if let condition {
                    let result = condition.run(inner)
                    failures.merge(result.failures)
                    kept = kept.intersection(result.truth(inner))
                    if let failed = result.failures.rows { kept = kept.subtracting(failed) }
                }
                var elements = Vector(expansion.elements)
                if let body { elements = body.run(inner.narrowed(kept)).spread(inner) }
                failures.merge(elements.failures)
                let positions = kept.selection()
                let taken = withExtendedLifetime(positions) { elements.column.takeIfSmall(positions.rows) }
                guard let column = taken else {
                    return .failing(frame, .tooLarge, .list(element))
                }
                let offsets = AlignedBuffer(capacity: (frame.rowCount + 1) * 4)
                var end: Int32 = 0
                offsets.base.storeBytes(of: end, as: Int32.self)
                for row in 0..<frame.rowCount {
                    for element in expansion.starts[row]..<expansion.starts[row + 1] where kept[element] { end += 1 }
                    offsets.base.storeBytes(of: end, toByteOffset: (row + 1) * 4, as: Int32.self)
                }
                let lists = ListColumn(count: frame.rowCount, offsets: offsets, elements: column, validity: nil)
                return Vector(.list(lists), failures: outerFailures(failures, expansion, frame))
            }
        }
    }

    private static func folding(
        _ list: Kernel, _ type: ExpressionType, _ body: @escaping @Sendable (Frame, Expansion) -> Vector
    ) -> Kernel {
        Kernel(list) { frame, list in
            guard let expansion = Expansion(list, frame) else { return .failing(frame, .tooLarge, type) }
            return body(frame, expansion)
        }
    }

    /// A row fails if one of its elements has, with the reason of the first.
    private static func outerFailures(_ inner: Failures, _ expansion: Expansion, _ frame: Frame) -> Failures {
        var recorder = FailureRecorder(frame)
        guard let failed = inner.rows else { return recorder.finish() }
        failed.visit { element in
            if let error = inner.error(at: element) { recorder.fail(Int(expansion.rows[element]), error) }
        }
        return recorder.finish()
    }
}
